# sources: mpmath
import mpmath


def compute():
    mpmath.mp.dps = 30
    return [str(mpmath.pi), str(mpmath.sqrt(2)), str(mpmath.exp(1) + mpmath.mpf("0.1"))]


def integrate():
    mpmath.mp.dps = 15
    return [str(mpmath.quad(lambda x: x**2, [0, 1])), str(mpmath.findroot(lambda x: x**2 - 2, 1.5)), str(mpmath.zeta(3))]


def solve():
    mpmath.mp.dps = 15
    return [
        str(mpmath.lu_solve(mpmath.matrix([[1, 2], [3, 4]]), mpmath.matrix([1, 1]))),
        str(mpmath.polyroots([1, -3, 2])),
        str(mpmath.iv.mpf([1, 2]) + 1),
    ]
