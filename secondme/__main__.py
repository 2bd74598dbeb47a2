"""`python -m secondme`: the command line where the console script is not on the PATH."""

from secondme.surfaces.cli import main

if __name__ == "__main__":
    main()
