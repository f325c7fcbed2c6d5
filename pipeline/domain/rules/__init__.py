"""What rules mean: one module for each family of kinds, all pure.

figures   what a rule may look at
outcome   what came of a rule on one cell
sums, orders, equations, scales, watch, change   the kinds
required  cells that must be filled
blame     which cells are probably wrong
kinds     which function evaluates which kind
"""
