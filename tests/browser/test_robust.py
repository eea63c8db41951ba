"""Without script, by keyboard alone, on a slow line, while commands have to wait, and with hostile names."""

import re

from playwright.sync_api import expect

from tests.browser.studio import AT_A_REVIEW, PAPER, Console

GAME = re.compile(r"/games/game_")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_a_form_without_script_keeps_files_and_text_and_names_what_is_wrong(console: Console) -> None:
    with console.person("cyd", java_script_enabled=False) as cyd:
        cyd.begins("Example Plain")
        cyd.go("/verification")
        cyd.fills_in_business()
        wrong = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": b"no paper"}
        cyd.page.get_by_label("Certificate of registration").set_input_files(files=wrong)  # type: ignore[arg-type]
        cyd.press("Submit for verification")
        cyd.sees("Only PDF, PNG and JPEG files are taken.")
        cyd.page.get_by_role("link", name="Certificate of registration").click()
        assert cyd.page.url.endswith("#certificate_file_id")
        cyd.sees("paper.pdf uploaded")
        expect(cyd.page.get_by_label("Registration number")).to_have_value("C1234567")
        cyd.page.get_by_label("Certificate of registration").set_input_files(files=PAPER)
        cyd.press("Submit for verification")
        cyd.sees(re.compile("The business is (being )?verified"))


def test_a_refusal_stands_next_to_the_fields_it_is_about(console: Console) -> None:
    with console.person("cyd") as cyd:
        cyd.begins("Example Wrong")
        cyd.go("/verification")
        cyd.fills_in_business(number="COULD-NOT-VERIFY")
        cyd.press("Submit for verification")
        cyd.sees("The business could not be verified from what was submitted.", AT_A_REVIEW)
        number = cyd.page.get_by_label("Registration number")
        expect(number).to_have_attribute("aria-invalid", "true")
        expect(number).to_have_value("COULD-NOT-VERIFY")
        expect(cyd.page.get_by_label("Number of the identity document")).to_have_value("")
        number.fill("C1234567")
        cyd.page.get_by_label("Number of the identity document").fill("X0000000000")
        cyd.page.get_by_label("Date of birth").fill("1985-12-10")
        cyd.press("Submit for verification")
        cyd.sees("The business is verified.", AT_A_REVIEW)


def test_a_game_is_registered_by_keyboard_alone(console: Console) -> None:
    with console.person("nia") as nia:
        nia.begins("Example Keys")
        nia.go("/games")
        keys = nia.page.keyboard
        keys.press("Tab")
        keys.press("Enter")  # skip to content
        for _ in range(20):
            keys.press("Tab")
            if nia.page.evaluate("document.activeElement.id") == "name":
                break
        keys.type("Example Keyboard")
        keys.press("Tab")
        keys.press("Space")
        keys.press("Enter")
        nia.sees("Sign the contract of this feature first")
        expect(nia.page.get_by_role("heading", name="Example Keyboard")).to_be_visible()


def test_a_double_click_on_a_slow_line_registers_one_game(console: Console) -> None:
    for scripts in (True, False):
        with console.person("nia", java_script_enabled=scripts) as nia:
            nia.begins(f"Example Twice {scripts}")
            nia.go("/games")
            slow = nia.context.new_cdp_session(nia.page)
            conditions = {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1}
            slow.send("Network.emulateNetworkConditions", conditions)
            nia.page.get_by_label("Name").fill("Example Once")
            nia.page.get_by_label("In-app purchases").check()
            nia.page.get_by_role("button", name="Register").dblclick()
            nia.page.wait_for_url(GAME)
            nia.go("/games")
            expect(nia.page.get_by_role("link", name="Example Once")).to_have_count(1)


def test_while_temporal_is_away_pages_are_read_and_forms_wait(console: Console) -> None:
    with console.person("nia") as nia:
        nia.begins("Example Patient")
        nia.go("/games")
        nia.page.get_by_label("Name").fill("Example Later")
        nia.page.get_by_label("In-app ads").check()
        with console.without("temporal"):
            nia.press("Register")
            expect(nia.page.locator("#problem")).to_be_focused(timeout=90_000)
            expect(nia.page.get_by_label("Name")).to_have_value("Example Later")
            other = nia.context.new_page()
            other.goto(nia.base)
            expect(other.locator("main")).to_contain_text("Commands have to wait.")
        nia.press("Register")
        nia.page.wait_for_url(GAME, timeout=90_000)
        nia.go("/games")
        expect(nia.page.get_by_role("link", name="Example Later")).to_have_count(1)


def test_a_stored_script_is_shown_as_text(console: Console) -> None:
    with console.person("nia") as nia:
        nia.page.on("dialog", lambda dialog: nia.errors.append(dialog.message))
        nia.begins(HOSTILE)
        nia.registers(HOSTILE)
        expect(nia.page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        nia.go()
        nia.sees(HOSTILE)


def test_a_page_shows_what_happens_elsewhere_but_never_under_ones_hands(console: Console) -> None:
    with console.person("nia") as nia:
        nia.begins("Example Live")
        nia.go("/games")
        other = nia.context.new_page()
        other.goto(f"{nia.base}/games")
        other.get_by_label("Name").fill("Half typed")
        nia.registers("Example Moving")
        other.bring_to_front()
        expect(other.locator("#changed")).to_be_visible(timeout=90_000)
        expect(other.get_by_label("Name")).to_have_value("Half typed")
        other.reload()
        nia.registers("Example Second")
        expect(other.get_by_role("link", name="Example Second")).to_be_visible(timeout=90_000)
