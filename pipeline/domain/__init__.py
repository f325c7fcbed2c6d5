"""Domain: values and words of the planning round."""
