import sys

from tools.resources.resource import main

if __name__ == "__main__":
    main(sys.argv[1:])
