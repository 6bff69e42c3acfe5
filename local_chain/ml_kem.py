"""ML-KEM-768 (FIPS 203) with decapsulation keys in their expanded form of 2400 bytes.

Owns what `cryptography` does not offer: it knows decapsulation keys by their 64-byte seeds only,
and the runtime's API takes the bytes that a node holds. Written for agreement, not for speed or
secrecy: the time that it takes depends on the keys.
"""

from __future__ import annotations

from hashlib import sha3_256, sha3_512, shake_128, shake_256

Poly = list[int]

K, Q, N = 3, 3329, 256
DU, DV, ETA = 10, 4, 2
POLY_BYTES = 384
ENCAPSULATION_KEY = K * POLY_BYTES + 32
DECAPSULATION_KEY = K * POLY_BYTES + ENCAPSULATION_KEY + 64
CIPHERTEXT = 32 * (DU * K + DV)


def _reversed_bits(value: int) -> int:
    return int(f"{value:07b}"[::-1], 2)


_ZETAS = [pow(17, _reversed_bits(i), Q) for i in range(128)]
_GAMMAS = [pow(17, 2 * _reversed_bits(i) + 1, Q) for i in range(128)]


def expanded_key(seed: bytes) -> bytes:
    """The decapsulation key of a 64-byte seed."""
    d, z = seed[:32], seed[32:]
    noise = sha3_512(d + bytes([K])).digest()
    rho, sigma = noise[:32], noise[32:]
    s = [_ntt(_noise(sigma, i)) for i in range(K)]
    e = [_ntt(_noise(sigma, K + i)) for i in range(K)]
    t = [_add(_product([_uniform(rho, j, i) for j in range(K)], s), e[i]) for i in range(K)]
    public = b"".join(_packed(p, 12) for p in t) + rho
    return b"".join(_packed(p, 12) for p in s) + public + sha3_256(public).digest() + z


def decapsulate(key: bytes, ciphertext: bytes) -> bytes:
    """The 32-byte shared secret; one that nobody knows if the ciphertext is not for this key.

    ValueError for a key or a ciphertext of the wrong length.
    """
    if len(key) != DECAPSULATION_KEY or len(ciphertext) != CIPHERTEXT:
        raise ValueError("a key has 2400 bytes and a ciphertext 1088")
    middle = K * POLY_BYTES
    public = key[middle : middle + ENCAPSULATION_KEY]
    hashed, z = key[-64:-32], key[-32:]
    message = _decrypt(key[:middle], ciphertext)
    made = sha3_512(message + hashed).digest()
    if _encrypt(public, message, made[32:]) == ciphertext:
        return made[:32]
    return shake_256(z + ciphertext).digest(32)


def _decrypt(secret: bytes, ciphertext: bytes) -> bytes:
    step = 32 * DU
    u = [_decompressed(ciphertext[i * step : (i + 1) * step], DU) for i in range(K)]
    v = _decompressed(ciphertext[K * step :], DV)
    s = [_unpacked(secret[i * POLY_BYTES : (i + 1) * POLY_BYTES], 12) for i in range(K)]
    masked = _inverse_ntt(_product(s, [_ntt(p) for p in u]))
    return _compressed([(a - b) % Q for a, b in zip(v, masked)], 1)


def _encrypt(public: bytes, message: bytes, randomness: bytes) -> bytes:
    t = [_unpacked(public[i * POLY_BYTES : (i + 1) * POLY_BYTES], 12) for i in range(K)]
    rho = public[K * POLY_BYTES :]
    y = [_ntt(_noise(randomness, i)) for i in range(K)]
    parts = []
    for i in range(K):
        mixed = _inverse_ntt(_product([_uniform(rho, i, j) for j in range(K)], y))
        parts.append(_compressed(_add(mixed, _noise(randomness, K + i)), DU))
    v = _add(_inverse_ntt(_product(t, y)), _noise(randomness, 2 * K))
    parts.append(_compressed(_add(v, _decompressed(message, 1)), DV))
    return b"".join(parts)


# -- polynomials -----------------------------------------------------------------------------


def _add(a: Poly, b: Poly) -> Poly:
    return [(x + y) % Q for x, y in zip(a, b)]


def _ntt(poly: Poly) -> Poly:
    f = list(poly)
    position, length = 1, 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            zeta = _ZETAS[position]
            position += 1
            for j in range(start, start + length):
                turned = zeta * f[j + length] % Q
                f[j + length] = (f[j] - turned) % Q
                f[j] = (f[j] + turned) % Q
        length //= 2
    return f


def _inverse_ntt(poly: Poly) -> Poly:
    f = list(poly)
    position, length = 127, 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            zeta = _ZETAS[position]
            position -= 1
            for j in range(start, start + length):
                first = f[j]
                f[j] = (first + f[j + length]) % Q
                f[j + length] = zeta * (f[j + length] - first) % Q
        length *= 2
    return [x * 3303 % Q for x in f]


def _product(a: list[Poly], b: list[Poly]) -> Poly:
    """The inner product of two vectors of transformed polynomials."""
    total = [0] * N
    for f, g in zip(a, b):
        for i in range(0, N, 2):
            gamma = _GAMMAS[i // 2]
            total[i] += f[i] * g[i] + f[i + 1] * g[i + 1] * gamma
            total[i + 1] += f[i] * g[i + 1] + f[i + 1] * g[i]
    return [x % Q for x in total]


def _uniform(rho: bytes, j: int, i: int) -> Poly:
    """An entry of the public matrix, already transformed."""
    stream = shake_128(rho + bytes([j, i]))
    length, found = 840, list[int]()
    while len(found) < N:
        data, found = stream.digest(length), []
        for a, b, c in zip(data[::3], data[1::3], data[2::3]):
            found += [x for x in (a + 256 * (b % 16), b // 16 + 16 * c) if x < Q]
        length *= 2
    return found[:N]


def _noise(seed: bytes, counter: int) -> Poly:
    bits = int.from_bytes(shake_256(seed + bytes([counter])).digest(64 * ETA), "little")
    poly = []
    for _ in range(N):
        x, y = (bits & 1) + (bits >> 1 & 1), (bits >> 2 & 1) + (bits >> 3 & 1)
        poly.append((x - y) % Q)
        bits >>= 2 * ETA
    return poly


# -- bytes -----------------------------------------------------------------------------------


def _packed(poly: Poly, bits: int) -> bytes:
    packed = 0
    for position, value in enumerate(poly):
        packed |= value << position * bits
    return packed.to_bytes(32 * bits, "little")


def _unpacked(data: bytes, bits: int) -> Poly:
    packed, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    return [(packed >> position * bits & mask) % Q for position in range(N)]


def _compressed(poly: Poly, bits: int) -> bytes:
    mask = (1 << bits) - 1
    return _packed([((value << bits) * 2 + Q) // (2 * Q) & mask for value in poly], bits)


def _decompressed(data: bytes, bits: int) -> Poly:
    return [(value * Q * 2 + (1 << bits)) >> bits + 1 for value in _unpacked(data, bits)]
