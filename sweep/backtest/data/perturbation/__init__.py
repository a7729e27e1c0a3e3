"""Noise, wider spreads, losses and delays of decoded events (`sweep stress`)."""
