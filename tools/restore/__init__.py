"""Bring the tables of a stage back as they were: `make restore STAGE=dev AT=...`.

__main__       the command
point_in_time  the time that is asked for, and whether the tables can go back to it
tables         tables made of a past, with the settings that a restore does not carry over
config_edit    the stage's settings, as text
"""
