"""The add-in in a person's Excel and LibreOffice: where its parts lie, and putting them there and taking them away."""
