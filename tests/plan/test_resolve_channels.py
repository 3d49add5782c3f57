import pytest

from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import NotificationRow
from reconciler.model.plan import Blocked, BlockedKind
from reconciler.model.policy import NativeChannel
from reconciler.plan.resolve import Recipient, Unresolved, incomplete, resolve_channel, resolve_channels, two_rows
from tests.builders import dbt_email, dbt_slack, dbt_user, inventory, relayed, row, user

LIVE = inventory(
    users=[
        user(id=1, email="Maria@ACME.example "),
        user(id=2, email="twin@acme.example"),
        user(id=3, email="TWIN@acme.example"),
        user(id=4, email="left@acme.example", active=False),
        user(id=5, email="back@acme.example", active=False),
        user(id=6, email="back@acme.example"),
    ]
)


def found(channel: NativeChannel) -> Recipient:
    each = resolve_channel(channel, LIVE)
    assert isinstance(each, Recipient)
    return each


def missing(channel: NativeChannel) -> Unresolved:
    each = resolve_channel(channel, LIVE)
    assert isinstance(each, Unresolved)
    return each


class TestUsers:
    def test_are_found_by_trimmed_case_folded_e_mail(self) -> None:
        assert found(dbt_user(email=" maria@acme.EXAMPLE")).key == RecipientKey.user(1)

    def test_an_unknown_one_is_blocked_with_its_line_and_the_next_step(self) -> None:
        channel = dbt_user("boss", email="boss@acme.example")
        blocked = missing(channel).blocked
        assert (blocked.kind, blocked.at) == (BlockedKind.UNKNOWN_USER, channel.at)
        assert blocked.what == "channel boss: no user of the account has the e-mail boss@acme.example"
        assert blocked.next_step == f"invite boss@acme.example to dbt Cloud, or correct `email` at {channel.at}"

    def test_two_of_one_address_are_never_a_first_match(self) -> None:
        unresolved = missing(dbt_user(email="twin@acme.example"))
        assert unresolved.key is None
        assert "2, 3" in unresolved.blocked.what

    def test_the_active_one_of_an_address_is_meant(self) -> None:
        back = found(dbt_user(email="back@acme.example"))
        assert (back.key, back.departed) == (RecipientKey.user(6), None)

    def test_a_departed_one_is_found_and_said_to_be_departed(self) -> None:
        assert found(dbt_user(email="left@acme.example")).departed == "left@acme.example"


class TestOtherChannels:
    def test_an_address_is_its_own_key_and_its_owner_a_user(self) -> None:
        mail = found(dbt_email(address=" Ops@ACME.example", owner="maria@acme.example"))
        assert mail.key == RecipientKey.email("ops@acme.example")
        assert (mail.settings.user_id, mail.settings.slack_channel_name) == (1, None)

    def test_without_an_owner_live_is_left_as_it_is(self) -> None:
        assert found(dbt_email(owner=None)).settings.user_id is None

    def test_slack_is_known_by_its_channel_id_and_the_app_by_its_own_kind(self) -> None:
        linked = found(dbt_slack(channel_id="C01"))
        assert linked.key == RecipientKey.slack("C01")
        assert (linked.settings.user_id, linked.settings.slack_channel_name) == (1, "#data-alerts")
        assert found(dbt_slack(channel_id="C01", app=True)).key == RecipientKey.slack_app("C01")

    @pytest.mark.parametrize(
        ("channel", "field"),
        [(dbt_email(owner="who@acme.example"), "owner"), (dbt_slack(linked_by="who@acme.example"), "linked_by")],
    )
    def test_an_unknown_user_who_stands_for_one_blocks_that_recipient(self, channel: NativeChannel, field: str) -> None:
        unresolved = missing(channel)
        assert unresolved.key is not None
        assert f"correct `{field}`" in unresolved.blocked.next_step

    def test_relayed_channels_are_no_recipients(self) -> None:
        assert set(resolve_channels({"maria": dbt_user(), "critical": relayed()}, LIVE)) == {"maria"}


class TestRows:
    KEY = RecipientKey.email("finance@acme.example")

    def test_two_live_rows_block_and_are_named(self) -> None:
        live = inventory(rows=[row(id=7, key=self.KEY), row(id=5, key=self.KEY)])
        blocked = two_rows(self.KEY, live)
        assert blocked is not None
        assert blocked.kind is BlockedKind.TWO_ROWS
        assert "5 and 7" in blocked.what

    def test_a_deleted_row_beside_a_live_one_blocks_nothing(self) -> None:
        assert two_rows(self.KEY, inventory(rows=[row(id=7, key=self.KEY), row(key=self.KEY, deleted=True)])) is None

    def lacking(self, channel: NativeChannel, *rows: NotificationRow) -> Blocked | None:
        return incomplete(found(channel), inventory(rows=rows))

    @pytest.mark.parametrize(
        ("channel", "lacks"),
        [
            (dbt_email(owner=None), ["`owner`"]),
            (dbt_slack(channel_name=None), ["`channel_name`"]),
            (dbt_slack(linked_by=None), ["`linked_by`"]),
            (dbt_slack(channel_name=None, linked_by=None), ["`channel_name`", "`linked_by`"]),
            (dbt_slack(linked_by=None, app=True), ["`owner`"]),
        ],
    )
    def test_what_a_new_row_needs_must_be_given(self, channel: NativeChannel, lacks: list[str]) -> None:
        blocked = self.lacking(channel)
        assert blocked is not None
        assert (blocked.kind, blocked.at) == (BlockedKind.INCOMPLETE, channel.at)
        assert all(each in blocked.what for each in lacks)
        assert str(channel.at) in blocked.next_step

    @pytest.mark.parametrize("channel", [dbt_user(), dbt_email(owner="maria@acme.example"), dbt_slack()])
    def test_a_new_row_for_which_all_is_given_is_not_blocked(self, channel: NativeChannel) -> None:
        assert self.lacking(channel) is None

    def test_a_row_that_is_there_needs_nothing(self) -> None:
        assert self.lacking(dbt_email(owner=None), row(key=self.KEY)) is None

    def test_a_deleted_row_that_can_be_revived_needs_nothing(self) -> None:
        assert self.lacking(dbt_email(owner=None), row(key=self.KEY, deleted=True)) is None

    def test_a_deleted_row_that_lacks_the_same_does_not_help(self) -> None:
        slack = dbt_slack(channel_name=None)
        old = row(key=RecipientKey.slack(slack.channel_id), deleted=True)
        assert self.lacking(slack, old) is not None
        assert self.lacking(dbt_email(owner=None), row(key=self.KEY, user_id=None, deleted=True)) is not None
