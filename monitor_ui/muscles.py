"""The muscles that are examined with a needle: name, roots and nerve; no Qt here.

Roots and nerves as in the usual textbooks of electrodiagnosis (Preston & Shapiro; Perotto); main
roots only. Any other muscle can be typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Muscle:
    """A muscle and what it is supplied by."""

    name: str
    roots: str
    nerve: str

    @property
    def supply(self) -> str:
        """``L4–L5 · deep peroneal``."""
        return f"{self.roots} · {self.nerve}"


MUSCLES: tuple[Muscle, ...] = tuple(
    Muscle(*(cell.strip() for cell in line.split("|")))
    for line in """
        frontalis | VII | facial
        orbicularis oculi | VII | facial
        nasalis | VII | facial
        orbicularis oris | VII | facial
        mentalis | VII | facial
        masseter | V | trigeminal
        temporalis | V | trigeminal
        genioglossus | XII | hypoglossal
        sternocleidomastoid | XI, C2–C3 | accessory
        trapezius, upper | XI, C3–C4 | accessory
        trapezius, middle | XI, C3–C4 | accessory
        trapezius, lower | XI, C3–C4 | accessory
        levator scapulae | C3–C5 | dorsal scapular
        rhomboid major | C5 | dorsal scapular
        serratus anterior | C5–C7 | long thoracic
        supraspinatus | C5–C6 | suprascapular
        infraspinatus | C5–C6 | suprascapular
        subscapularis | C5–C6 | subscapular
        teres major | C5–C6 | lower subscapular
        teres minor | C5–C6 | axillary
        latissimus dorsi | C6–C8 | thoracodorsal
        pectoralis major, clavicular head | C5–C6 | lateral pectoral
        pectoralis major, sternal head | C7–T1 | medial and lateral pectoral
        deltoid, anterior | C5–C6 | axillary
        deltoid, middle | C5–C6 | axillary
        deltoid, posterior | C5–C6 | axillary
        biceps brachii | C5–C6 | musculocutaneous
        brachialis | C5–C6 | musculocutaneous
        coracobrachialis | C6–C7 | musculocutaneous
        triceps brachii, lateral head | C6–C8 | radial
        triceps brachii, long head | C6–C8 | radial
        triceps brachii, medial head | C6–C8 | radial
        anconeus | C6–C8 | radial
        brachioradialis | C5–C6 | radial
        extensor carpi radialis longus | C6–C7 | radial
        extensor carpi radialis brevis | C6–C7 | posterior interosseous
        supinator | C5–C6 | posterior interosseous
        extensor digitorum communis | C7–C8 | posterior interosseous
        extensor carpi ulnaris | C7–C8 | posterior interosseous
        extensor digiti minimi | C7–C8 | posterior interosseous
        abductor pollicis longus | C7–C8 | posterior interosseous
        extensor pollicis brevis | C7–C8 | posterior interosseous
        extensor pollicis longus | C7–C8 | posterior interosseous
        extensor indicis proprius | C7–C8 | posterior interosseous
        pronator teres | C6–C7 | median
        flexor carpi radialis | C6–C7 | median
        palmaris longus | C7–T1 | median
        flexor digitorum superficialis | C7–T1 | median
        flexor digitorum profundus, digits 2–3 | C8–T1 | anterior interosseous
        flexor pollicis longus | C8–T1 | anterior interosseous
        pronator quadratus | C8–T1 | anterior interosseous
        abductor pollicis brevis | C8–T1 | median
        opponens pollicis | C8–T1 | median
        flexor pollicis brevis | C8–T1 | median and ulnar
        flexor carpi ulnaris | C7–T1 | ulnar
        flexor digitorum profundus, digits 4–5 | C8–T1 | ulnar
        abductor digiti minimi | C8–T1 | ulnar
        first dorsal interosseous | C8–T1 | ulnar
        adductor pollicis | C8–T1 | ulnar
        diaphragm | C3–C5 | phrenic
        paraspinals, cervical | C3–C8 | dorsal rami
        paraspinals, thoracic | T1–T12 | dorsal rami
        paraspinals, lumbar | L1–L5 | dorsal rami
        paraspinals, sacral | S1 | dorsal rami
        intercostals | T2–T11 | intercostal
        rectus abdominis | T6–T12 | intercostal
        obliquus externus abdominis | T6–T12 | intercostal
        iliopsoas | L2–L3 | femoral
        sartorius | L2–L3 | femoral
        rectus femoris | L2–L4 | femoral
        vastus lateralis | L2–L4 | femoral
        vastus medialis | L2–L4 | femoral
        vastus intermedius | L2–L4 | femoral
        adductor longus | L2–L4 | obturator
        adductor magnus | L2–L4 | obturator and sciatic
        gracilis | L2–L4 | obturator
        tensor fasciae latae | L4–S1 | superior gluteal
        gluteus medius | L4–S1 | superior gluteal
        gluteus minimus | L4–S1 | superior gluteal
        gluteus maximus | L5–S2 | inferior gluteal
        biceps femoris, long head | L5–S2 | sciatic, tibial part
        biceps femoris, short head | L5–S2 | sciatic, peroneal part
        semimembranosus | L5–S2 | sciatic, tibial part
        semitendinosus | L5–S2 | sciatic, tibial part
        tibialis anterior | L4–L5 | deep peroneal
        extensor hallucis longus | L5–S1 | deep peroneal
        extensor digitorum longus | L5–S1 | deep peroneal
        extensor digitorum brevis | L5–S1 | deep peroneal
        peroneus tertius | L5–S1 | deep peroneal
        peroneus longus | L5–S1 | superficial peroneal
        peroneus brevis | L5–S1 | superficial peroneal
        popliteus | L4–S1 | tibial
        tibialis posterior | L5–S1 | tibial
        flexor digitorum longus | L5–S2 | tibial
        flexor hallucis longus | L5–S2 | tibial
        gastrocnemius, medial head | S1–S2 | tibial
        gastrocnemius, lateral head | S1–S2 | tibial
        soleus | S1–S2 | tibial
        abductor hallucis | S1–S2 | medial plantar
        flexor digitorum brevis | S1–S2 | medial plantar
        flexor hallucis brevis | S1–S2 | medial plantar
        abductor digiti minimi pedis | S1–S2 | lateral plantar
        first dorsal interosseous pedis | S1–S2 | lateral plantar
        external anal sphincter | S2–S4 | pudendal
    """.strip().splitlines()
)
_BY_NAME = {muscle.name: muscle for muscle in MUSCLES}


def muscle_named(name: str) -> Muscle | None:
    """Return the muscle of this name; None where the list has none."""
    return _BY_NAME.get(name)


def search(words: str, muscles: Sequence[Muscle] = MUSCLES) -> list[Muscle]:
    """Return the muscles that fit what was typed, best first.

    Each word may be the beginning of any word of the name, the roots or the nerve: ``tib ant``,
    ``L5 per``. A muscle whose name fits comes before one whose nerve does.
    """
    wanted = words.lower().replace("-", "–").split()
    found = []
    for place, muscle in enumerate(muscles):
        name = _beginnings(muscle.name)
        # L4–L5 is also found by L5, C5–C7 by C6.
        supply = _beginnings(f"{muscle.roots} {muscle.nerve}") + _roots(muscle.roots)
        in_name = [any(word.startswith(part) for word in name) for part in wanted]
        in_supply = [any(word.startswith(part) for word in supply) for part in wanted]
        if all(a or b for a, b in zip(in_name, in_supply, strict=True)):
            begins = bool(wanted) and name[0].startswith(wanted[0])
            found.append((not all(in_name), not begins, place, muscle))
    return [muscle for *_, muscle in sorted(found, key=lambda row: row[:3])]


def _beginnings(words: str) -> list[str]:
    return [word.strip(",") for word in words.lower().split()]


def _roots(roots: str) -> list[str]:
    """Return each root of ``C5–C7`` by itself."""
    found: list[str] = []
    for part in roots.lower().split(", "):
        first, dash, last = part.partition("–")
        if dash and first[0] == last[0] and first[1:].isdecimal() and last[1:].isdecimal():
            found += [f"{first[0]}{number}" for number in range(int(first[1:]), int(last[1:]) + 1)]
        else:
            found += [root for root in (first, last) if root]
    return found
