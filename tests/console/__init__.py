"""The console, in a browser and without one; make remove takes this folder with it."""
