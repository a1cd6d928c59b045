"""Noise_NNpsk0_25519_ChaChaPoly_SHA256 in plain Python, from the RFCs and revision 34 of the Noise framework; for tests only.

Shares nothing with the product. Run as a program it checks itself against published vectors.
"""
import hashlib
import hmac
import secrets
import struct
import unittest

PRIME = 2**255 - 19
PROTOCOL = b"Noise_NNpsk0_25519_ChaChaPoly_SHA256"


class Broken(Exception):
    """A message is not authentic."""


def x25519(scalar, point):
    """RFC 7748 section 5."""
    k = int.from_bytes(scalar, "little") & ~7 & ~(1 << 255) | 1 << 254
    x1 = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swapped = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swapped ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swapped = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % PRIME, b * b % PRIME, d * a % PRIME, c * b % PRIME
        x3, z3 = (da + cb) ** 2 % PRIME, x1 * (da - cb) ** 2 % PRIME
        e = aa - bb
        x2, z2 = aa * bb % PRIME, e * (aa + 121665 * e) % PRIME
    if swapped:
        x2, z2 = x3, z3
    result = (x2 * pow(z2, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little")
    if result == bytes(32):
        raise Broken("a point of small order")
    return result


def public_key(scalar):
    return x25519(scalar, (9).to_bytes(32, "little"))


def _quarter(s, a, b, c, d):
    s[a] = s[a] + s[b] & 0xFFFFFFFF
    s[d] ^= s[a]
    s[d] = (s[d] << 16 | s[d] >> 16) & 0xFFFFFFFF
    s[c] = s[c] + s[d] & 0xFFFFFFFF
    s[b] ^= s[c]
    s[b] = (s[b] << 12 | s[b] >> 20) & 0xFFFFFFFF
    s[a] = s[a] + s[b] & 0xFFFFFFFF
    s[d] ^= s[a]
    s[d] = (s[d] << 8 | s[d] >> 24) & 0xFFFFFFFF
    s[c] = s[c] + s[d] & 0xFFFFFFFF
    s[b] ^= s[c]
    s[b] = (s[b] << 7 | s[b] >> 25) & 0xFFFFFFFF


def _chacha_block(key, counter, nonce):
    start = list(struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce))
    s = list(start)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            _quarter(s, a, b, c, d)
    return struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(s, start)))


def _chacha(key, nonce, text):
    stream = b"".join(_chacha_block(key, 1 + i, nonce) for i in range((len(text) + 63) // 64))
    return bytes(x ^ y for x, y in zip(text, stream))


def _poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return (total + int.from_bytes(key[16:], "little") & (1 << 128) - 1).to_bytes(16, "little")


def _tag(key, nonce, text, associated):
    def padded(part):
        return part + bytes(-len(part) % 16)
    return _poly1305(_chacha_block(key, 0, nonce)[:32],
                     padded(associated) + padded(text) + struct.pack("<QQ", len(associated), len(text)))


def seal(key, nonce, text, associated=b""):
    """RFC 8439 section 2.8."""
    cipher = _chacha(key, nonce, text)
    return cipher + _tag(key, nonce, cipher, associated)


def open_sealed(key, nonce, sealed, associated=b""):
    cipher, tag = sealed[:-16], sealed[-16:]
    if len(sealed) < 16 or not hmac.compare_digest(tag, _tag(key, nonce, cipher, associated)):
        raise Broken("a wrong tag")
    return _chacha(key, nonce, cipher)


class Cipher:
    """One direction of a connection."""

    def __init__(self, key):
        self.key, self.counter = key, 0

    def _nonce(self):
        self.counter += 1
        return bytes(4) + struct.pack("<Q", self.counter - 1)

    def seal(self, text, associated=b""):
        return seal(self.key, self._nonce(), text, associated)

    def open(self, sealed, associated=b""):
        return open_sealed(self.key, self._nonce(), sealed, associated)


class Handshake:
    """Two messages, of the initiator and of the responder; then ciphers()."""

    def __init__(self, initiator, psk, prologue, ephemeral=None):
        self.initiator, self.psk = initiator, psk
        self.ephemeral = ephemeral or secrets.token_bytes(32)
        self.hash = self.chaining_key = hashlib.sha256(PROTOCOL).digest()
        self.first = True
        self.cipher = None
        self._mix_hash(prologue)

    def _mix_hash(self, text):
        self.hash = hashlib.sha256(self.hash + text).digest()

    def _derive(self, material, count):
        extracted = hmac.digest(self.chaining_key, material, "sha256")
        outputs = [b""]
        for i in range(count):
            outputs.append(hmac.digest(extracted, outputs[-1] + bytes([i + 1]), "sha256"))
        return outputs[1:]

    def _mix_key(self, material):
        self.chaining_key, key = self._derive(material, 2)
        self.cipher = Cipher(key)

    def _mix_public(self, key):
        if self.first:
            self.chaining_key, hashed, _ = self._derive(self.psk, 3)
            self._mix_hash(hashed)
        self._mix_hash(key)
        self._mix_key(key)

    def write(self, payload=b""):
        own = public_key(self.ephemeral)
        self._mix_public(own)
        if not self.first:
            self._mix_key(x25519(self.ephemeral, self.peer))
        sealed = self.cipher.seal(payload, self.hash)
        self._mix_hash(sealed)
        self.first = False
        return own + sealed

    def read(self, message):
        self.peer, sealed = message[:32], message[32:]
        self._mix_public(self.peer)
        if not self.first:
            self._mix_key(x25519(self.ephemeral, self.peer))
        payload = self.cipher.open(sealed, self.hash)
        self._mix_hash(sealed)
        self.first = False
        return payload

    def ciphers(self):
        """(sending, receiving)."""
        to_responder, to_initiator = (Cipher(key) for key in self._derive(b"", 2))
        return (to_responder, to_initiator) if self.initiator else (to_initiator, to_responder)


class PublishedVectors(unittest.TestCase):
    def test_x25519_of_rfc_7748(self):
        alice = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
        bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
        self.assertEqual(public_key(alice).hex(), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        self.assertEqual(public_key(bob).hex(), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        self.assertEqual(x25519(alice, public_key(bob)).hex(),
                         "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        with self.assertRaises(Broken):
            x25519(alice, bytes(32))

    def test_aead_of_rfc_8439(self):
        key = bytes.fromhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")
        nonce = bytes.fromhex("070000004041424344454647")
        associated = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
        text = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
                b"sunscreen would be it.")
        sealed = seal(key, nonce, text, associated)
        self.assertEqual(sealed[-16:].hex(), "1ae10b594f09e26a7e902ecbd0600691")
        self.assertEqual(sealed[:16].hex(), "d31a8d34648e60db7b86afbc53ef7ec2")
        self.assertEqual(open_sealed(key, nonce, sealed, associated), text)
        with self.assertRaises(Broken):
            open_sealed(key, nonce, sealed[:-1] + b"\0", associated)

    def test_handshake_of_cacophony(self):
        psk = bytes.fromhex("54686973206973206d7920417573747269616e20706572737065637469766521")
        host = Handshake(True, psk, b"John Galt",
                         bytes.fromhex("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a"))
        device = Handshake(False, psk, b"John Galt",
                           bytes.fromhex("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b"))
        first = host.write(b"Ludwig von Mises")
        self.assertEqual(first.hex(), "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                                      "79b962b8aff8485742ac32f905ba45369e2465fb59e138a93d67a0d1266b6a54")
        self.assertEqual(device.read(first), b"Ludwig von Mises")
        second = device.write(b"Murray Rothbard")
        self.assertEqual(second.hex(), "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                                       "d6062704d5a9c422a8e834423f8c1feada7e8d0d910a1a2cd030fb584221e3")
        self.assertEqual(host.read(second), b"Murray Rothbard")
        sending, receiving = host.ciphers()
        device_sending, device_receiving = device.ciphers()
        self.assertEqual(sending.seal(b"F. A. Hayek").hex(), "e632c3763d7669067383433197a3baddf146e9e70ad4b4e9e59e0f")
        self.assertEqual(device_sending.seal(b"Carl Menger").hex(),
                         "64c6bee32ea91c8474bb4c21d7a700109ad45af77b29764ba5eb1e")
        self.assertEqual(device_receiving.open(bytes.fromhex("e632c3763d7669067383433197a3baddf146e9e70ad4b4e9e59e0f")),
                         b"F. A. Hayek")
        self.assertEqual(receiving.open(bytes.fromhex("64c6bee32ea91c8474bb4c21d7a700109ad45af77b29764ba5eb1e")),
                         b"Carl Menger")


if __name__ == "__main__":
    unittest.main()
