"""Standard Webhooks 1.0, symmetric signatures."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.signaturer.standard_webhooks import FLEST_SIGNATURER, StandardWebhooksSignatur, signer
from gateway.plugin import Anmodning, KanIkkeSignere, UgyldigSignatur

# A vector that the reference libraries share.
HEMMELIGHET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TID = dt.datetime.fromtimestamp(1614265330, dt.UTC)
KROPP = b'{"test": 2432232314}'
FASIT = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

HODER = {"webhook-id": ID, "webhook-timestamp": "1614265330", "webhook-signature": FASIT}
ANNEN_HEMMELIGHET = "whsec_" + base64.b64encode(b"en annen hemmelighet").decode()
SEKUND = dt.timedelta(seconds=1)


# The vector that the reference library for Go is tested with (webhook_asymmetric_test.go); the seed is the sender's.
PRIVAT = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk="
OFFENTLIG = "whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g="
FASIT_V1A = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="
HODER_V1A = {**HODER, "webhook-signature": FASIT_V1A}


def verifiser(
    hoder: Mapping[str, str] = HODER,
    kropp: bytes = KROPP,
    hemmeligheter: Sequence[str] = (HEMMELIGHET,),
    naa: dt.datetime = TID,
) -> None:
    StandardWebhooksSignatur().verifiser(Anmodning(hoder=hoder, kropp=kropp), hemmeligheter, naa)


def test_stemmer_med_referansebibliotekene() -> None:
    assert signer(HEMMELIGHET, ID, TID, KROPP) == FASIT
    verifiser()


@pytest.mark.parametrize(
    "hemmelighet",
    [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
    ],
)
def test_en_hemmelighet_kan_staa_med_eller_uten_forstavelsen(hemmelighet: str) -> None:
    verifiser(hemmeligheter=[hemmelighet])


def test_fyllet_i_en_hemmelighet_kan_utelates() -> None:
    kodet = base64.b64encode(b"x" * 25).decode()
    assert signer(kodet, ID, TID, KROPP) == signer(kodet.rstrip("="), ID, TID, KROPP)


@pytest.mark.parametrize("hemmeligheter", [(HEMMELIGHET, ANNEN_HEMMELIGHET), (ANNEN_HEMMELIGHET, HEMMELIGHET)])
def test_hvilken_som_helst_av_flere_hemmeligheter_gjelder_mens_de_roteres(hemmeligheter: Sequence[str]) -> None:
    verifiser(hemmeligheter=hemmeligheter)


@pytest.mark.parametrize(
    "signaturer",
    [
        f"{FASIT} v1,{'A' * 43}=",
        f"v1,{'A' * 43}= {FASIT}",
        f"v1a,abc v2,def {FASIT}",
        f"v1,søppel {FASIT}",
        f"v1,\ud800 {FASIT}",
        f"  {FASIT}  ",
    ],
)
def test_en_riktig_signatur_blant_flere_er_nok(signaturer: str) -> None:
    verifiser({**HODER, "webhook-signature": signaturer})


def test_bytene_signeres_og_ikke_teksten() -> None:
    kropp = bytes(range(256))
    verifiser({**HODER, "webhook-signature": signer(HEMMELIGHET, ID, TID, kropp)}, kropp)


@pytest.mark.parametrize("avvik", [-300, -299, 0, 299, 300])
def test_fem_minutter_hver_vei_er_tillatt(avvik: int) -> None:
    verifiser(naa=TID + avvik * SEKUND)


@pytest.mark.parametrize(
    ("naa", "grunn"),
    [
        (TID + dt.timedelta(minutes=5, microseconds=1), "too old"),
        (TID + dt.timedelta(days=365), "too old"),
        (TID - dt.timedelta(minutes=5, microseconds=1), "too far in the future"),
        (TID - dt.timedelta(days=365), "too far in the future"),
    ],
)
def test_en_melding_avvises_utenfor_tidsvinduet(naa: dt.datetime, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser(naa=naa)


@pytest.mark.parametrize("hode", list(HODER))
@pytest.mark.parametrize("verdi", [None, ""])
def test_hvert_hode_maa_vaere_der(hode: str, verdi: str | None) -> None:
    hoder = {navn: v for navn, v in {**HODER, hode: verdi}.items() if v is not None}
    with pytest.raises(UgyldigSignatur, match=f"{hode} is missing or empty"):
        verifiser(hoder)


@pytest.mark.parametrize(
    ("hode", "verdi", "grunn"),
    [
        ("webhook-id", "msg.1614265330", "full stop"),
        ("webhook-id", "msg 1", "visible ASCII"),
        ("webhook-id", "msg_æ", "visible ASCII"),
        ("webhook-id", "\ud800", "visible ASCII"),
        ("webhook-id", "a" * 257, "1 to 256"),
        ("webhook-id", f"{ID}\n", "visible ASCII"),
        ("webhook-timestamp", "1614265330.0", "whole seconds"),
        ("webhook-timestamp", "-1614265330", "whole seconds"),
        ("webhook-timestamp", " 1614265330", "whole seconds"),
        ("webhook-timestamp", "1_614_265_330", "whole seconds"),
        ("webhook-timestamp", "١٦١٤٢٦٥٣٣٠", "whole seconds"),
        ("webhook-timestamp", "NaN", "whole seconds"),
        ("webhook-timestamp", "9" * 12, "too far in the future"),
        ("webhook-timestamp", "9" * 5000, "whole seconds"),
        ("webhook-timestamp", "01614265330", "matches"),
        ("webhook-signature", "søppel", "no `v1,"),
        ("webhook-signature", "v1", "no `v1,"),
        ("webhook-signature", FASIT.replace("v1", "v2"), "no `v1,"),
        ("webhook-signature", FASIT.replace("v1", "V1"), "no `v1,"),
        ("webhook-signature", FASIT.replace(" ", "\t").replace("v1,", "v1,\t"), "matches"),
        ("webhook-signature", "v1,", "matches"),
        ("webhook-signature", FASIT.rstrip("="), "matches"),
        ("webhook-signature", FASIT + ",", "matches"),
        ("webhook-signature", "v1,æøå\ud800\x00", "matches"),
    ],
)
def test_et_hode_med_gal_form_avvises_med_grunnen(hode: str, verdi: str, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser({**HODER, hode: verdi})


def test_en_signert_melding_kan_ikke_leses_som_en_annen_med_annen_tid() -> None:
    kropp = b"1614269999.kropp"
    hoder = {
        "webhook-id": f"{ID}.1614265330",
        "webhook-timestamp": "1614269999",
        "webhook-signature": signer(HEMMELIGHET, ID, TID, kropp),
    }
    with pytest.raises(UgyldigSignatur, match="full stop"):
        verifiser(hoder, b"kropp", naa=dt.datetime.fromtimestamp(1614269999, dt.UTC))


def test_en_annen_hemmelighet_avvises_og_ingen_hemmelighet_gjentas() -> None:
    with pytest.raises(UgyldigSignatur) as feil:
        verifiser(hemmeligheter=[ANNEN_HEMMELIGHET])
    assert ANNEN_HEMMELIGHET not in str(feil.value)


def test_en_kilde_uten_hemmeligheter_slipper_ingenting_gjennom() -> None:
    with pytest.raises(UgyldigSignatur, match="no hemmelighet"):
        verifiser(hemmeligheter=[])


@pytest.mark.parametrize("hemmelighet", ["", "whsec_", "whsec_ikke base64", "æøå", "a"])
def test_en_ubrukelig_hemmelighet_er_en_feil_i_oppsettet_og_gjentas_ikke(hemmelighet: str) -> None:
    with pytest.raises(ValueError, match="not base64; make one with") as feil:
        verifiser(hemmeligheter=[hemmelighet])
    assert "ikke base64" not in str(feil.value)


def test_en_signatur_med_senderens_private_noekkel_stemmer_med_referansebiblioteket() -> None:
    assert signer(PRIVAT, ID, TID, KROPP) == FASIT_V1A
    verifiser(HODER_V1A, hemmeligheter=[OFFENTLIG])
    verifiser(HODER_V1A, hemmeligheter=[f" {OFFENTLIG.rstrip('=')}\n"])


def test_felles_og_offentlige_noekler_gjelder_side_om_side() -> None:
    for hoder in (HODER, HODER_V1A):
        for hemmeligheter in ([HEMMELIGHET, OFFENTLIG], [OFFENTLIG, ANNEN_HEMMELIGHET, HEMMELIGHET]):
            verifiser(hoder, hemmeligheter=hemmeligheter)
    verifiser({**HODER, "webhook-signature": f"v1,{'A' * 43}= {FASIT_V1A}"}, hemmeligheter=[OFFENTLIG])


@pytest.mark.parametrize(
    ("hoder", "kropp", "hemmeligheter", "grunn"),
    [
        (HODER_V1A, KROPP + b" ", [OFFENTLIG], "no v1a signature in webhook-signature matches"),
        ({**HODER_V1A, "webhook-id": "msg_2"}, KROPP, [OFFENTLIG], "no v1a signature"),
        ({**HODER_V1A, "webhook-timestamp": "1614265331"}, KROPP, [OFFENTLIG], "no v1a signature"),
        (HODER, KROPP, [OFFENTLIG], "no v1a signature"),
        (HODER_V1A, KROPP, [HEMMELIGHET], "no v1 signature"),
        ({**HODER, "webhook-signature": "v1a,"}, KROPP, [HEMMELIGHET, OFFENTLIG], "no v1 or v1a signature"),
        ({**HODER, "webhook-signature": "v1a,\ud800"}, KROPP, [OFFENTLIG], "no v1a signature"),
        ({**HODER, "webhook-signature": f"v1a,{'A' * 85}="}, KROPP, [OFFENTLIG], "no v1a signature"),
        ({**HODER, "webhook-signature": FASIT.replace("v1,", "v1a,")}, KROPP, [OFFENTLIG], "no v1a signature"),
        ({**HODER, "webhook-signature": f"v1,{FASIT_V1A[4:]}"}, KROPP, [HEMMELIGHET], "no v1 signature"),
    ],
)
def test_en_signatur_gjelder_bare_det_den_er_av_og_for_sin_egen_noekkel(
    hoder: dict[str, str], kropp: bytes, hemmeligheter: list[str], grunn: str
) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser(hoder, kropp, hemmeligheter)


def test_en_offentlig_noekkel_er_ingen_felles_hemmelighet() -> None:
    """Else whoever knows the public key, and everybody may, could sign."""
    som_felles = signer("whsec_" + OFFENTLIG.removeprefix("whpk_"), ID, TID, KROPP)
    with pytest.raises(UgyldigSignatur, match="no v1a signature"):
        verifiser({**HODER, "webhook-signature": som_felles}, hemmeligheter=[OFFENTLIG])
    with pytest.raises(KanIkkeSignere, match="only its owner can sign"):
        signer(OFFENTLIG, ID, TID, KROPP)


def test_flere_signaturer_enn_en_sender_trenger_avvises() -> None:
    """Each costs a verification of the whole body, for whoever likes to send them."""
    ti = " ".join([FASIT_V1A] * FLEST_SIGNATURER)
    verifiser({**HODER, "webhook-signature": ti}, hemmeligheter=[OFFENTLIG])
    verifiser({**HODER, "webhook-signature": f"{ti} v2,abc"}, hemmeligheter=[OFFENTLIG])
    with pytest.raises(UgyldigSignatur, match="more than 10 signatures"):
        verifiser({**HODER, "webhook-signature": f"{ti} v1,abc"}, hemmeligheter=[OFFENTLIG])


@pytest.mark.parametrize(
    ("hemmelighet", "grunn"),
    [
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), "must be at least 24 bytes"),
        ("whsec_ikke base64", "is not base64"),
        (PRIVAT, "is the sender's private key .whsk_.; ask for the public one"),
        ("whpk_", "must be `whpk_` and the base64 of 32 bytes"),
        ("whpk_" + base64.b64encode(b"x" * 31).decode(), "must be `whpk_` and the base64 of 32 bytes"),
    ],
)
def test_en_hemmelighet_som_er_svak_eller_en_annens_avvises_ved_start(hemmelighet: str, grunn: str) -> None:
    with pytest.raises(ValueError, match=grunn) as feil:
        StandardWebhooksSignatur().kontroller(hemmelighet)
    assert hemmelighet.split("_")[1][:8] not in str(feil.value) or hemmelighet == "whpk_"
    for god in (HEMMELIGHET, OFFENTLIG, "whsec_" + base64.b64encode(b"x" * 24).decode()):
        StandardWebhooksSignatur().kontroller(god)


@given(kropp=st.binary(min_size=1, max_size=200), data=st.data())
def test_enhver_vendt_bit_i_kropp_eller_hoder_avvises(kropp: bytes, data: st.DataObject) -> None:
    hoder = {**HODER, "webhook-signature": signer(HEMMELIGHET, ID, TID, kropp)}
    hva = data.draw(st.sampled_from(["kropp", *HODER]))
    if hva == "kropp":
        kropp = vend_bit(kropp, data)
    else:
        hoder[hva] = vend_bit(hoder[hva].encode(), data).decode("latin-1")
    with pytest.raises(UgyldigSignatur):
        verifiser(hoder, kropp)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(HODER, st.text())))
def test_soeppel_avvises_og_velter_aldri_noe(hoder: dict[str, str]) -> None:
    with pytest.raises(UgyldigSignatur):
        verifiser({**hoder})


def vend_bit(tekst: bytes, data: st.DataObject) -> bytes:
    bit = data.draw(st.integers(0, len(tekst) * 8 - 1))
    vendt = bytearray(tekst)
    vendt[bit // 8] ^= 1 << bit % 8
    return bytes(vendt)
