"""Why a network does what it does: where the discriminator looks, which units of the generator carry a class, dreams."""
