"""`python -m server`: command line → settings → supervisor.

Every process of the server imports this file first, so it imports nothing by itself.
"""

import sys

if __name__ == "__main__":
    from server.cli.commands import main

    sys.exit(main())
