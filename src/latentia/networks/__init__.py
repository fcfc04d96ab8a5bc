"""The model: dense layers around a narrow code, with their losses, penalties and chance."""
