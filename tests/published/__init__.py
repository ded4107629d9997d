"""The five published strategies, written from the contract's section 7."""
