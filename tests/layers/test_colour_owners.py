"""A small flat area that a weak mask gave goes where its colour belongs, and edges follow."""

from __future__ import annotations

import numpy as np

from multiplane.layers.whole_areas import with_whole_areas

SIZE = (160, 120)  # px
CASTLE, DRAGON, GROUND = 0, 1, 2
SKY, WALL, BLUE, BLACK = (180, 210, 240), (243, 202, 37), (39, 80, 198), (33, 31, 36)


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A wall with a gap that shows the sky, and a dragon with a wing that frames a piece of wall.

    The masks (3, H, W) are sure but for those two pieces, which they give wrongly, and weakly.
    """
    picture = np.full((SIZE[1], SIZE[0], 3), SKY, np.uint8)
    picture[20:90, 20:120] = WALL
    picture[30:40, 60:70] = SKY
    picture[60:110, 60:150] = BLUE
    picture[70:80, 80:95] = WALL
    picture[95:99, 130:140] = BLACK
    picture[24:28, 100:108] = BLACK
    owner = np.full(SIZE[::-1], GROUND)
    owner[20:90, 20:120] = CASTLE
    owner[60:110, 60:150] = DRAGON
    shares = np.stack([np.where(owner == index, 0.9, 0.05) for index in range(3)])
    shares[:, 30:40, 60:70] = np.array([0.7, 0.0, 0.3])[:, None, None]
    shares[:, 70:80, 80:95] = np.array([0.25, 0.5, 0.25])[:, None, None]
    return picture, shares.astype(np.float32)


def won(picture: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return np.asarray(with_whole_areas(picture, shares).argmax(axis=0))


def test_a_piece_seen_through_another_goes_where_its_colour_is() -> None:
    picture, shares = scene()
    after = won(picture, shares)
    assert (after[71:79, 81:94] == CASTLE).all()
    assert (after[31:39, 61:69] == GROUND).all()


def test_nothing_of_a_piece_is_left_behind_at_its_edge() -> None:
    picture, shares = scene()
    after = won(picture, shares)
    assert (after[70:80, 80:95] == CASTLE).all()
    assert (after[30:40, 60:70] == GROUND).all()


def test_a_colour_of_which_there_is_little_is_nobodys_own() -> None:
    """The mouth is as black as a window, and stays with the dragon."""
    picture, shares = scene()
    assert (won(picture, shares)[96:98, 131:139] == DRAGON).all()


def test_a_mask_that_is_sure_outweighs_the_colour() -> None:
    """As white eyes do on a white sheet."""
    picture, shares = scene()
    shares[:, 30:40, 60:70] = np.array([0.98, 0.01, 0.01])[:, None, None]
    assert (won(picture, shares)[31:39, 61:69] == CASTLE).all()


def test_a_large_area_is_no_scrap() -> None:
    picture, shares = scene()
    picture[62:108, 62:120] = WALL
    shares[:, 62:108, 62:120] = np.array([0.25, 0.5, 0.25])[:, None, None]
    assert (won(picture, shares)[70:100, 70:110] == DRAGON).all()


def test_the_papers_white_is_everybodys_in_an_ink_drawing() -> None:
    """Panes in the outline of a castle: each is small, and all together are the castle."""
    picture = np.full((SIZE[1], SIZE[0], 3), 250, np.uint8)
    owner = np.full(SIZE[::-1], GROUND)
    for top in range(20, 90, 10):
        for left in range(20, 120, 10):
            picture[top : top + 10, left : left + 10] = BLACK
            picture[top + 2 : top + 8, left + 2 : left + 8] = 250
    owner[20:90, 20:120] = CASTLE
    shares = np.stack([np.where(owner == index, 0.7, 0.15) for index in range(3)])
    after = won(picture, shares.astype(np.float32))
    assert (after[20:90, 20:120] == CASTLE).all()


def test_an_edge_between_two_areas_is_nobody_elses() -> None:
    """A row where the castle's foot fades into the ground, far from the dragon that had it."""
    picture, shares = scene()
    picture[60:110, 20:58] = SKY
    picture[59, 20:58] = (211, 206, 138)
    shares[:, 59, 20:58] = np.array([0.2, 0.6, 0.2])[:, None]
    assert (won(picture, shares)[59, 24:54] != DRAGON).all()


def test_a_line_of_its_own_colour_stays_whose_it_is() -> None:
    picture, shares = scene()
    picture[60:110, 20:58] = SKY
    picture[56:110, 40:42] = (150, 20, 30)
    shares[:, 60:110, 40:42] = np.array([0.05, 0.9, 0.05])[:, None, None]
    assert (won(picture, shares)[92:108, 40:42] == DRAGON).all()
