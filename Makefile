# Short commands over a .venv that the README's second line makes.
.PHONY: bench editor lint picture slow test

test:
	.venv/bin/python -m pytest -q -n auto

slow:
	.venv/bin/python -m pytest -q -m slow

lint:
	.ci/lint

bench:
	.venv/bin/python tests/bench/steps.py
	.venv/bin/python tests/bench/lab.py
	.venv/bin/python tests/bench/runs.py
	.venv/bin/python tests/bench/diagnosis.py

picture:
	.venv/bin/python tests/picture.py

# Links by which an editor finds gradlab.engine, gradlab.tui and gradlab.presets.
editor:
	mkdir -p .editor/gradlab
	for room in engine tui presets; do ln -sfn ../../$$room .editor/gradlab/$$room; done
