"""Vision-language models that narrate a report; their claims are checked, never believed."""
