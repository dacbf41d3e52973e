"""Recovery assistance (SecondWind): the catalogue, donations and the public ledger."""
