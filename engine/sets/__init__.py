"""The data sets, one file each: options, task, shape, rows, and the reader.

Presets are checked against these files, so none loads NumPy, scikit-learn or Keras before it reads.
"""
