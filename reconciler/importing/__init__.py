"""The live account as policy files: values in, texts out. Who reads the account and who writes the files is `cli`."""
