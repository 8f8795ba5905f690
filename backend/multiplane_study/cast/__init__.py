"""Identity of a cast: what the contact sheet's score tells apart, and what ensuring gains.

pairs     likeness of pairs whose sameness is known, and how well it tells them apart
drawn     figures of drawn scenes, by their true mattes and as the bundled model cuts them
board     storyboards in which each of a cast is in each of some places, and who is seen there
painted   storyboards with a cast, painted as they come and ensured
measure   both, and the report
shared    storyboards whose cast's attention is shared, and the same without; a report of its own
"""
