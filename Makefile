# For fingers that type `make`: everything is in `cargo xtask`.
demo test check build bench simulate codegen tidy:
	cargo xtask $@
.PHONY: demo test check build bench simulate codegen tidy
.DEFAULT_GOAL := check
