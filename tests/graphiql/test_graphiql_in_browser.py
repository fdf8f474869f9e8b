"""GraphiQL in a real Chromium: it loads from the gateway alone, breaks no policy, and runs its examples."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gateway.graphiql.examples import load_examples

if TYPE_CHECKING:
    from tests.graphiql.chromium import Page

RESPONSE = "document.querySelector('.graphiql-response .view-lines')?.innerText.replaceAll('\\u00a0', ' ')"
PLUGIN = "document.querySelector('.graphiql-plugin')?.innerText"
QUERY, VARIABLES, HEADERS, ANSWER = (
    f"globalThis.__MONACO?.editor.getModels().find((m) => m.uri.path.endsWith('{name}'))?.getValue()"
    for name in ("operation.graphql", "variables.json", "request-headers.json", "response.json")
)

STORED = "JSON.stringify(localStorage)"

TABS = [example.name for example in load_examples()]


async def open_graphiql(page: Page, base_url: str) -> None:
    await page.goto(f"{base_url}/graphiql")
    await page.wait_for("document.querySelector('.graphiql-query-editor .view-line')")
    await page.wait_for(QUERY)
    # The sidebar's button spins until the schema has come.
    await page.wait_for("!document.querySelector('.graphiql-spinner, .graphiql-spin')")


async def open_tab(page: Page, title: str) -> None:
    index = await page.evaluate(
        f"[...document.querySelectorAll('.graphiql-tab-button')].findIndex((tab) => tab.innerText === '{title}')"
    )
    await page.click(f"#graphiql-session-tab-{index}")
    await page.wait_for(f"/(query|mutation) {title}\\b/.test({QUERY})")
    # GraphiQL learns the operation's name by a timer of 100 ms, and would send the last tab's name until then.
    await page.evaluate("new Promise((done) => setTimeout(done, 300))")


async def run(page: Page) -> None:
    await page.click(".graphiql-execute-button")
    await page.wait_for(f"{ANSWER}?.includes('\"data\"')")


async def reload(page: Page) -> None:
    await page.evaluate("globalThis.before = true")
    await page.send("Page.reload")
    await page.wait_for(f"!globalThis.before && {QUERY}")


async def screenshot(page: Page, name: str) -> None:
    """Keep a picture for a person to look at, where GRAPHIQL_SCREENSHOTS names a folder."""
    if folder := os.environ.get("GRAPHIQL_SCREENSHOTS"):
        png = await page.screenshot()
        await asyncio.to_thread(Path(folder, f"{name}.png").write_bytes, png)


async def test_first_example_is_ready_to_run(page: Page, base_url: str) -> None:
    await open_graphiql(page, base_url)
    await screenshot(page, "opened")

    assert await page.evaluate("document.title") == "Shop gateway · GraphiQL"
    assert json.loads(await page.evaluate(VARIABLES)) == {"first": 3}
    assert json.loads(await page.evaluate(HEADERS))["Authorization"].startswith("Bearer ")

    await run(page)
    await page.wait_for(f"{RESPONSE}.includes('\"orders\"')")
    await screenshot(page, "ran")
    orders = json.loads(await page.evaluate(ANSWER))["data"]["me"]["orders"]["nodes"]
    assert 1 <= len(orders) <= 3
    assert orders[0]["items"][0]["product"]["brand"]["name"]
    assert page.seen.complaints == []


async def test_every_example_runs_without_errors(page: Page, base_url: str) -> None:
    await open_graphiql(page, base_url)
    titles = await page.evaluate(
        "[...document.querySelectorAll('.graphiql-tab-button')].map((tab) => tab.innerText)"
    )
    assert titles == TABS

    for title in titles:
        await open_tab(page, title)
        await run(page)
        assert "errors" not in json.loads(await page.evaluate(ANSWER)), title
    stored = await page.evaluate(STORED)
    assert "Bearer" not in stored
    assert "eyJ" not in stored  # as every JWT begins: neither is what SignIn has answered
    assert page.seen.complaints == []


async def test_docs_explorer_and_history_open(page: Page, base_url: str) -> None:
    await open_graphiql(page, base_url)

    await page.click('[aria-label="Show Documentation Explorer"]')
    await page.wait_for(f"{PLUGIN}?.includes('Query')")
    await screenshot(page, "docs")
    await page.click(".graphiql-doc-explorer-type-name")
    await page.wait_for(f"{PLUGIN}?.includes('categories')")
    await screenshot(page, "docs_query")

    await page.click('[aria-label="Show GraphiQL Explorer"]')
    await page.wait_for("document.querySelector('[data-field-name=\"categories\"]')")
    await screenshot(page, "explorer")
    await page.click('[data-field-name="categories"]')
    await page.wait_for(f"/^  categories/m.test({QUERY})")

    await run(page)
    await page.click('[aria-label="Show History"]')
    await page.wait_for(f"{PLUGIN}?.includes('Wide')")
    await screenshot(page, "history")
    assert page.seen.complaints == []


async def test_workers_check_and_format_what_is_typed(page: Page, base_url: str) -> None:
    await open_graphiql(page, base_url)
    # Typed as a person would: into an empty tab, where the schema's fields are offered and mistakes are marked.
    await page.click(".graphiql-tab-add")
    await page.wait_for(f"{QUERY} === ''")
    await page.click(".graphiql-query-editor .view-lines")
    await page.send("Input.insertText", text="{ categories{name nonsense")
    await page.wait_for("document.querySelector('.graphiql-query-editor .squiggly-error')")

    await page.click('[aria-label^="Prettify query"]')
    await page.wait_for(f"{QUERY}.includes('\\n')", seconds=20)
    await screenshot(page, "typed")
    assert page.seen.complaints == []


async def test_reload_keeps_the_tabs_and_renews_the_tokens(page: Page, base_url: str) -> None:
    await open_graphiql(page, base_url)
    await open_tab(page, "StaffOrders")
    old = await page.evaluate(HEADERS)
    await page.click(".graphiql-query-editor .view-lines")
    await page.send("Input.insertText", text="# kept\n")
    await page.wait_for(f"{STORED}.includes('# kept')")
    assert "Bearer" not in await page.evaluate(STORED)

    await asyncio.sleep(1.1)  # tokens tell whole seconds, and are equal within one
    await reload(page)
    await page.wait_for(f"{QUERY}.includes('# kept')")

    new = await page.evaluate(HEADERS)
    assert new.startswith('{\n  "Authorization": "Bearer ')
    assert new != old
    assert json.loads(await page.evaluate(VARIABLES)) == {"first": 10}
    tabs = await page.evaluate(
        "[...document.querySelectorAll('.graphiql-tab-button')].map((tab) => tab.innerText)"
    )
    assert tabs == TABS


async def test_a_link_opens_an_example_with_its_variables(page: Page, base_url: str) -> None:
    variables = {"input": {"token": "a&b=c"}}
    link = f"{base_url}/graphiql#{urlencode({'example': 'VerifyEmail', 'variables': json.dumps(variables)})}"
    for query in ("", "?again"):  # in an empty browser, and among the tabs of the last visit
        await page.goto(link.replace("#", f"{query}#"))
        await page.wait_for(f"/mutation VerifyEmail/.test({QUERY})")
        assert json.loads(await page.evaluate(VARIABLES)) == variables
        assert await page.evaluate("location.hash") == ""
        tabs = await page.evaluate(
            "[...document.querySelectorAll('.graphiql-tab-button')].map((tab) => tab.innerText)"
        )
        assert sorted(tabs) == sorted(TABS)
        variables["input"]["token"] = "another"
        link = (
            f"{base_url}/graphiql#{urlencode({'example': 'VerifyEmail', 'variables': json.dumps(variables)})}"
        )
    assert page.seen.complaints == []


async def test_history_stores_no_token_and_keeps_the_tabs_headers(page: Page, base_url: str) -> None:
    await open_graphiql(page, base_url)
    await run(page)
    await page.click('[aria-label="Show History"]')
    await page.wait_for(f"{PLUGIN}?.includes('Wide')")
    await page.click('[aria-label="Add favorite"]')
    favorites = "localStorage['shop-gateway:graphiql:favorites']"
    await page.wait_for(f"{favorites}?.includes('query Wide')")
    assert "Bearer" not in await page.evaluate(STORED)

    await open_tab(page, "StaffOrders")
    staff = await page.evaluate(HEADERS)
    await page.click(".graphiql-history-item-label")
    await page.wait_for(f"{QUERY}.includes('query Wide')")
    assert await page.evaluate(HEADERS) == staff
    assert page.seen.complaints == []


async def test_history_of_an_earlier_version_brings_no_token_back(page: Page, base_url: str) -> None:
    await open_graphiql(page, base_url)
    stale = {
        "query": "query Old { me { id } }",
        "operationName": "Old",
        "headers": '{"Authorization": "Bearer stale"}',
    }
    for name in ("queries", "favorites"):
        stored = json.dumps({name: [stale]})
        await page.evaluate(f"localStorage.setItem('shop-gateway:graphiql:{name}', {json.dumps(stored)})")
    await reload(page)
    await page.wait_for(f"{HEADERS}?.includes('Bearer ')")
    assert "Bearer" not in await page.evaluate(STORED)

    fresh = await page.evaluate(HEADERS)
    await page.click('[aria-label="Show History"]')
    await page.wait_for(f"{PLUGIN}?.includes('Old')")
    await page.click(".graphiql-history-item-label")
    await page.wait_for(f"{QUERY}.includes('query Old')")
    assert await page.evaluate(HEADERS) == fresh
    assert "stale" not in fresh


async def test_asks_no_other_host(page: Page, base_url: str) -> None:
    workers = ("editor.worker", "json.worker", "graphql.worker")
    await open_graphiql(page, base_url)
    await run(page)
    for worker in workers:
        await page.wait_for(
            f"performance.getEntriesByType('resource').some((e) => e.name.includes('{worker}'))"
        )

    foreign = [url for url in page.seen.requests if not url.startswith((f"{base_url}/", "data:"))]
    assert foreign == []
    for worker in workers:
        assert any(f"/graphiql/assets/{worker}-" in url for url in page.seen.requests), worker


async def test_policy_is_in_force_and_breaches_are_seen(page: Page, base_url: str) -> None:
    await open_graphiql(page, base_url)

    await page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'var ran = 1'}))"
    )
    assert await page.evaluate("globalThis.ran") is None
    assert (
        await page.evaluate("fetch('http://example.com/').then(() => 'sent', () => 'refused')") == "refused"
    )
    assert await page.evaluate("fetch('/graphiql').then(() => 'sent', () => 'refused')") == "sent"
    complaints = " ".join(page.seen.complaints)
    assert "script-src" in complaints
    assert "connect-src" in complaints
