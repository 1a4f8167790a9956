"""Where the files of a data set can be had: one kind of source per module, all with the same face (`base.Source`)."""
