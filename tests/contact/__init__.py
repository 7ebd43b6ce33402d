"""The contact form, on every target; make remove takes this folder with it."""
