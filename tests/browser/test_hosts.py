"""A room on several hosts in the browser: a page goes on at another host, where it may."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.hosts import Host, SharedRoom
from tests.browser.tab import Tab
from tests.support.waiting import until

CANNOT = "The room cannot take messages now"


class Hosts:
    """Two hosts of one room, and a tab at the first one."""

    def __init__(self) -> None:
        self.shared = SharedRoom()
        self.first, self.second = Host(self.shared), Host(self.shared)

    async def open(self) -> None:
        """Let both listen."""
        urls = [await each.open() for each in (self.first, self.second)]
        for each in (self.first, self.second):
            each.name(urls)


@pytest_asyncio.fixture(loop_scope="session")
async def hosts() -> AsyncIterator[Hosts]:
    """Return two hosts that listen."""
    hosts = Hosts()
    await hosts.open()
    yield hosts
    for each in (hosts.first, hosts.second):
        await each.close()


def requests_to(tab: Tab, host: Host) -> list[str]:
    """Take the requests to another host out of the problems of a tab."""
    found = [each for each in tab.problems if host.url.split("//")[1] in each]
    tab.problems = [each for each in tab.problems if each not in found]
    return found


async def test_a_page_goes_on_at_another_host(hosts: Hosts, open_tab: OpenTab) -> None:
    tab = await open_tab(hosts.first.url, "ann")
    await tab.send("before")
    await tab.shows("before")
    await hosts.first.close()
    await tab.send("while it was away")
    await tab.shows("while it was away")
    assert [post.key for post in hosts.second.room.posts] == list(hosts.shared.keys)[1:]
    resumed = hosts.second.room.join_requests[0]
    assert (resumed.token, resumed.after, resumed.journal) == ("secret", 2, "j1")
    await expect(tab.page.get_by_text("Connected again.")).to_be_visible()
    await expect(tab.pending).to_have_count(0)
    assert requests_to(tab, hosts.second), "the page went there"


async def test_a_host_with_another_room_gets_nothing(hosts: Hosts, open_tab: OpenTab) -> None:
    tab = await open_tab(hosts.first.url, "ann")
    hosts.second.room.journal = "j2"
    await hosts.first.close()
    await expect(tab.page.get_by_text("The room has other hosts.")).to_be_visible()
    assert hosts.second.room.join_requests == []
    requests_to(tab, hosts.second)


async def test_where_no_host_answers_the_others_are_offered(
    hosts: Hosts, open_tab: OpenTab
) -> None:
    """Then a person can open one, accept its certificate, and come back."""
    tab = await open_tab(hosts.first.url, "ann")
    await hosts.first.close()
    await hosts.second.close()
    link = tab.page.get_by_role("link", name=hosts.second.url)
    await expect(link).to_be_visible()
    assert await link.get_attribute("rel") == "noopener noreferrer"
    again = Host(hosts.shared)
    await again.open(int(hosts.second.url.rpartition(":")[2]))
    again.name([hosts.first.url, again.url])
    await tab.button("Try now").click()
    await expect(link).to_be_hidden()
    await tab.send("back")
    await tab.shows("back")
    await again.close()
    requests_to(tab, hosts.second)


async def test_a_host_that_is_named_later_is_offered(hosts: Hosts, open_tab: OpenTab) -> None:
    """The policy of a page that is loaded lets it go to the hosts that were known then."""
    hosts.first.name([])
    tab = await open_tab(hosts.first.url, "ann")
    hosts.first.name([hosts.first.url, hosts.second.url])
    hosts.first.tell_hosts()
    await tab.send("told")
    await tab.shows("told")
    await hosts.first.close()
    await expect(tab.page.get_by_role("link", name=hosts.second.url)).to_be_visible()
    assert hosts.second.room.join_requests == []
    assert requests_to(tab, hosts.second), "the browser refused them"


async def test_a_room_without_a_majority_says_so_once(hosts: Hosts, open_tab: OpenTab) -> None:
    tab = await open_tab(hosts.first.url, "ann")
    hosts.shared.decides = False
    await tab.send("one")
    line = tab.page.get_by_text(CANNOT)
    await expect(line).to_have_count(1)
    await expect(line).to_be_visible()
    await until(lambda: len(hosts.first.room.posts) > 1)
    hosts.shared.decides = True
    await tab.shows("one")
    await expect(line).to_be_hidden()
    assert len({post.key for post in hosts.first.room.posts}) == 1


async def test_a_host_that_is_cut_off_is_left(hosts: Hosts, open_tab: OpenTab) -> None:
    tab = await open_tab(hosts.first.url, "ann")
    hosts.first.cut_off()
    await expect(tab.page.get_by_text(CANNOT)).to_be_visible()
    await tab.send("one")
    await tab.shows("one")
    await until(lambda: hosts.second.room.posts)
    await expect(tab.page.get_by_text(CANNOT)).to_be_hidden()
    keys = {post.key for each in (hosts.first, hosts.second) for post in each.room.posts}
    assert len(keys) == 1
    requests_to(tab, hosts.second)
