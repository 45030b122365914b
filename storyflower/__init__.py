"""StoryFlower: workbooks of Korean dialogue in, a registered and proven emotion classifier out."""

__version__ = "0.1.0"
