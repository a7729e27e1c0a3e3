"""From NautilusTrader 1.x to 2.0: strategies, actors, execution algorithms, configs and the scripts that run them."""
