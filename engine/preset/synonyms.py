"""What other tools, scripts and habits call the settings of a preset, and what they are called here."""

from __future__ import annotations

KEYS = {
    "lr": "optimizer.learning_rate", "rate": "optimizer.learning_rate", "alpha": "optimizer.learning_rate",
    "betas": "optimizer.beta_1 and optimizer.beta_2", "eps": "optimizer.epsilon",
    "beta1": "optimizer.beta_1", "beta2": "optimizer.beta_2", "decay": "optimizer.weight_decay",
    "clip_norm": "optimizer.clipnorm", "max_grad_norm": "optimizer.global_clipnorm",
    "optimizer": "optimizer.name", "optim": "optimizer.name",
    "units": "model.width", "hidden": "model.width", "hidden_units": "model.width",
    "hidden_size": "model.width", "num_layers": "model.depth", "layers": "model.depth",
    "dropout_rate": "model.dropout", "batch_norm": "model.normalization",
    "kernel_initializer": "model.initializer", "weight_init": "model.initializer",
    "l2": "model.kernel_regularizer", "l1": "model.kernel_regularizer",
    "batch": "train.batch_size", "bs": "train.batch_size", "nb_epoch": "train.epochs",
    "num_epochs": "train.epochs", "criterion": "train.loss", "loss_function": "train.loss",
    "reduce_lr": "train.reduce_lr_on_plateau", "validation_split": "data.validation",
    "dataset": "data.name", "normalize": "data.scale", "random_state": "data.options.random_state",
    "n_samples": "data.options.n_samples",
}  # fmt: skip
"""Keys of Keras, PyTorch and scikit-learn whose setting has another name or place."""

FAMILIES = {
    "cnn": '"layers" with Conv2D among model.layers', "conv": '"layers" with Conv2D among model.layers',
    "convnet": '"layers" with Conv2D among model.layers', "sequential": '"layers"',
    "functional": '"python"', "keras": '"python"', "transformer": '"python"',
    "dense": '"mlp"', "fnn": '"mlp"', "ann": '"mlp"', "dnn": '"mlp"', "linear": '"mlp"',
    "lstm": '"rnn" with cell = "LSTM"', "gru": '"rnn" with cell = "GRU"',
    "simplernn": '"rnn" with cell = "SimpleRNN"',
}  # fmt: skip
"""Other words for a model, and the family that holds it."""


def meant(key: str, table: str) -> str:
    """What a key is called here, as the table at hand would write it; "" if it is no other word."""
    place = KEYS.get(key.lower(), "")
    return place.removeprefix(f"{table}.") if table else place
