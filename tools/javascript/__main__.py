from tools.javascript.command import main
from tools.refusals import ended

if __name__ == "__main__":
    ended(main)
