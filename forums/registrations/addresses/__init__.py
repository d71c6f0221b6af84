"""The address of a private page: changed by its owner once the new one has answered, and the link sent again."""
