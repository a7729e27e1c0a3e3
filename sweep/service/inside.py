"""`python -m sweep.service.inside`, which clients of earlier versions run on a cluster."""

import sys

from sweep.cluster.remote_commands import main

if __name__ == "__main__":
    sys.exit(main())
