"""Reading text from pictures: preparation of the picture, the engines, and when they are asked."""
