"""The page in a real browser: what happens to the pair appears by itself, orders work, nothing is
asked of anybody else, and it is fit for small screens, the dark and the keyboard."""

import json
import os
import urllib.parse

import pytest

from lab.browser import Browser
from lab.topology import ROOT, VIP

PAGE = f"http://{VIP}/haproxy?stats"
SHOTS = ROOT / os.environ.get("HAPAIR_BUILD_DIR", "build") / "test-artefacts"

# Boxes that stand beside each other must not overlap, and none may stick out of the window.
FAULTS_OF_LAYOUT = """(() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 0) faults.push(`the page is ${wide} px too wide`);
  const aside = (e) => e && getComputedStyle(e).position === 'absolute';
  const seen = (e) => e.checkVisibility() && !e.closest('.hidden, .skip, svg, select, dialog') &&
    !aside(e.closest('thead'));
  for (const e of document.querySelectorAll('#app *')) {
    if (!seen(e) || getComputedStyle(e).position !== 'static' || e.closest('.scroll')) continue;
    const box = e.getBoundingClientRect();
    if (box.width && box.right > window.innerWidth + 1) faults.push(`sticks out: ${e.outerHTML}`);
  }
  const leaves = [...document.querySelectorAll('#app *')].filter((e) => seen(e) &&
    !e.closest('header.top') && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  const boxes = leaves.flatMap((e) => {
    const range = document.createRange();
    return [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim()).flatMap((n) => {
      range.selectNodeContents(n);
      return [...range.getClientRects()].map((r) => [r, e]);
    });
  });
  boxes.sort((a, b) => a[0].top - b[0].top);
  for (let i = 0; i < boxes.length; ++i) {
    const [a, of] = boxes[i];
    for (let k = i + 1; k < boxes.length && boxes[k][0].top < a.bottom - 3; ++k) {
      const [b, other] = boxes[k];
      if (of === other || b.left >= a.right - 2 || a.left >= b.right - 2) continue;
      faults.push(`${of.textContent} overlaps ${other.textContent}`);
    }
  }
  return faults.slice(0, 5).map((fault) => fault.slice(0, 200));
})()"""


@pytest.fixture
def browser(lab):
    users = lab.write_users(alice="wonder")
    lab.write_config(
        cluster__secret_file=lab.write_secret(), users={"ops": {"file": users}},
        frontends__http_front__stats={"uri": "/haproxy?stats", "users": "ops", "admin": True})
    lab.start()
    with Browser(lab.client_namespace) as made:
        made.lab = lab
        made.resize(1280)
        made.open(PAGE, "alice:wonder")
        made.wait_for("!document.getElementById('app').hidden", "the page's script")
        yield made
        assert not made.complaints
        outside = {urllib.parse.urlsplit(url).netloc for url in made.asked
                   if not url.startswith(("data:", "about:"))} - {VIP}
        assert not outside


def row_of(server):
    return (f"[...document.querySelectorAll('#backends tr')].find((row) => "
            f"row.querySelector('th')?.textContent === '{server}')")


def test_what_happens_to_the_pair_appears_by_itself(browser):
    assert "on lb1" in browser.text("#vips")
    assert "as seen from lb1" in browser.text("header")
    browser.wait_for("document.querySelector('#vips').innerText.includes('could take over')")
    browser.wait_for("document.querySelector('#frontends .edge').getAttribute('d').includes('L')",
                     "a line of history")
    browser.screenshot(SHOTS / "page-light.png")

    browser.lab.backends["web2"].stop()
    browser.wait_for(f"{row_of('web2')}.innerText.includes('DOWN')", "a server that is down")
    assert browser.evaluate(f"{row_of('web2')}.querySelector('i').textContent") == "✖"
    assert "web_server/web2 is DOWN" in browser.evaluate(
        "document.getElementById('said').textContent")
    assert "1 of 2 usable" in browser.text("#backends summary")
    assert "web_server/web2" in browser.text("#events")

    browser.lab.nodes["lb1"].kill_tree()
    browser.wait_for("document.querySelector('#vips').innerText.includes('on lb2')", "a failover")
    browser.wait_for("document.querySelector('header').innerText.includes('as seen from lb2')")
    browser.wait_for("document.querySelector('#live').innerText.includes('Live')")
    browser.wait_for("document.querySelector('#vips .gone')", "a peer that is gone")
    browser.screenshot(SHOTS / "page-failover.png")
    # The browser itself complains of requests that found nobody while the VIP moved.
    browser.complaints[:] = [each for each in browser.complaints
                             if "Failed to load resource" not in each]


def test_the_page_says_when_it_knows_nothing_new(browser):
    for node in browser.lab.nodes.values():
        node.kill_tree()
    browser.wait_for("!document.getElementById('stale').hidden", "a word that it is stale")
    assert "No word from lb1" in browser.text("#stale")
    assert "Stale" in browser.text("#live")
    browser.screenshot(SHOTS / "page-stale.png")
    browser.complaints[:] = [each for each in browser.complaints
                             if "Failed to load resource" not in each]


def test_an_order_is_given_with_the_keyboard_and_seen(browser):
    browser.wait_for(f"{row_of('web1')}.querySelector('select')", "orders")
    browser.evaluate(f"""(() => {{
      const select = {row_of('web1')}.querySelector('select');
      select.focus();
      select.value = 'drain';
      select.dispatchEvent(new Event('change'));
    }})()""")
    browser.wait_for("document.getElementById('ask').open", "a question")
    assert "drain for web_server/web1" in browser.text("#ask")
    browser.screenshot(SHOTS / "page-order.png", whole=False)
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.id") == "ask-yes"
    browser.press("Enter", text="\r")
    browser.wait_for("document.querySelector('#notice').innerText.includes('Done: drain')")
    browser.wait_for(f"{row_of('web1')}.innerText.includes('DRAIN')", "a server that drains")
    assert "alice" in browser.text("#events")
    assert "user alice on the page" in browser.lab.nodes["lb1"].log()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser):
    wanted = browser.evaluate("""[...document.querySelectorAll(
      '#app a, #app button, #app input, #app select, #app summary')]
      .filter((e) => e.checkVisibility() && !e.disabled).length""")
    browser.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(3 * wanted):
        browser.press("Tab")
        where = browser.evaluate("""(() => {
          const e = document.activeElement;
          if (e === document.body) return null;
          window.order ??= new Map();
          if (!order.has(e)) order.set(e, order.size);
          const style = getComputedStyle(e);
          return [order.get(e), style.outlineStyle !== 'none' && style.outlineWidth !== '0px'];
        })()""")
        if where is None:
            continue
        assert where[1], "the focus can be seen"
        reached.add(where[0])
        if len(reached) >= wanted:
            break
    assert len(reached) >= wanted


def test_people_who_hear_the_page_find_their_way(browser):
    browser.wait_for(f"{row_of('web1')}.querySelector('select')", "orders")
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {}
    for node in tree:
        if not node.get("ignored"):
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value"))
    for landmark in ("banner", "main", "contentinfo", "search"):
        assert len(roles[landmark]) == 1, landmark
    assert {"The pair", "Traffic", "Backends and servers", "Last events"} <= set(roles["region"])
    assert "Server" in roles["columnheader"] and "web1" in roles["rowheader"]
    for name in ("button", "searchbox", "checkbox", "combobox", "image"):
        assert all(roles[name]), f"each {name} has a name"
    assert browser.evaluate("document.getElementById('said').getAttribute('aria-live')") == "polite"


@pytest.mark.parametrize("width", [320, 768, 1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_screen_in_light_and_dark(browser, width, scheme):
    browser.use_scheme(scheme)
    browser.resize(width)
    browser.let_pass(1.5)
    browser.screenshot(SHOTS / f"page-{width}-{scheme}.png")
    assert browser.evaluate(FAULTS_OF_LAYOUT) == []
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(15, 18, 23)") == (scheme == "dark")


def test_who_wants_no_motion_gets_none(browser):
    browser.use_scheme("light", motion="reduce")
    assert browser.evaluate("document.getAnimations().length") == 0
    browser.use_scheme("light")
    assert browser.evaluate("document.getAnimations().length") > 0


def test_a_thousand_servers_are_folded_filtered_and_shown_in_parts(lab):
    servers = {f"s{number}": {"address": f"10.77.0.{21 + number % 2}:80"}
               for number in range(1000)}
    lab.write_config(backends__web_server__servers=servers,
                     backends__web_server__check=None)
    lab.nodes["lb1"].start()
    lab.await_master("lb1", timeout=20)
    with Browser(lab.client_namespace) as browser:
        browser.resize(1280)
        browser.open(PAGE)
        browser.wait_for("document.querySelectorAll('#backends tbody tr').length === 100")
        browser.evaluate("document.querySelector('.more button').click()")
        browser.wait_for("document.querySelectorAll('#backends tbody tr').length === 200")
        browser.evaluate("""(() => {
          const filter = document.getElementById('filter');
          filter.value = 's99';
          filter.dispatchEvent(new Event('input', { bubbles: true }));
        })()""")
        browser.wait_for("document.querySelectorAll('#backends tbody tr').length === 11")
        assert browser.text("#found") == "11 servers of 1,000"
        browser.let_pass(2.5)
        assert browser.evaluate("document.getElementById('stale').hidden")
        browser.screenshot(SHOTS / "page-thousand.png")
        assert browser.evaluate(FAULTS_OF_LAYOUT) == []
        assert not browser.complaints


def test_without_script_the_page_is_readable(pair):
    with Browser(pair.client_namespace) as browser:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.resize(800)
        browser.open_plain(PAGE)
        browser.screenshot(SHOTS / "page-without-script.png")
        text = json.dumps(browser.call("Accessibility.getFullAXTree")["nodes"])
        assert "web_server/web1" in text and "VI_1" in text and "held by" in text.lower()

