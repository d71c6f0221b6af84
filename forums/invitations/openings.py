"""The words a new campaign begins with, by its kind. Organisers change them as they like."""

from __future__ import annotations

from forums.columns import Bilingual

SUBJECTS = {
    "invitation": Bilingual("邀请函：{edition}", "Invitation: {edition}"),
    "reminder": Bilingual("敬请回复：{edition}", "We await your answer: {edition}"),
    "update": Bilingual("会议安排更新：{edition}", "News about {edition}"),
    "cancellation": Bilingual("取消通知：{edition}", "Cancelled: {edition}"),
    "thanks": Bilingual("感谢莅临：{edition}", "Thank you for coming to {edition}"),
}
BODIES = {
    "invitation": Bilingual(
        """尊敬的{name}{title}：

我们诚挚邀请您出席{edition}。

时间：{dates}
地点：{venue}

请通过您的专属页面告诉我们您能否莅临：

{link}

期待您的到来。

组委会""",
        """Dear {title} {name},

we have the honour of inviting you to {edition}.

Dates: {dates}
Venue: {venue}

Please tell us on your own page whether you can come:

{link}

We look forward to seeing you.

The organising committee""",
    ),
    "reminder": Bilingual(
        """尊敬的{name}{title}：

此前我们向您发出了{edition}的邀请，尚未收到您的回复。

时间：{dates}
地点：{venue}

为便于安排接待，烦请告知您能否莅临：

{link}

组委会""",
        """Dear {title} {name},

some time ago we invited you to {edition}, and we have not heard from you yet.

Dates: {dates}
Venue: {venue}

So that we can prepare for you, please tell us whether you can come:

{link}

The organising committee""",
    ),
    "update": Bilingual(
        """尊敬的{name}{title}：

{edition}的安排有所更新，请以本信为准。

时间：{dates}
地点：{venue}

您可在专属页面查看或修改您的答复：

{link}

组委会""",
        """Dear {title} {name},

the arrangements for {edition} have changed. This is how they stand now:

Dates: {dates}
Venue: {venue}

You can look at your answer, and change it, on your own page:

{link}

The organising committee""",
    ),
    "cancellation": Bilingual(
        """尊敬的{name}{title}：

我们遗憾地通知您，原定于{dates}在{venue}举行的{edition}不再举办。

由此给您带来的不便，我们深表歉意，并感谢您的理解。

组委会""",
        """Dear {title} {name},

we are sorry to tell you that {edition}, planned for {dates} at {venue}, will not take place.

We apologise for the inconvenience and thank you for your understanding.

The organising committee""",
    ),
    "thanks": Bilingual(
        """尊敬的{name}{title}：

感谢您拨冗出席{edition}。您的到来与见解使本次会议更有意义。

期待与您再次相聚。

组委会""",
        """Dear {title} {name},

thank you for coming to {edition}. Your presence and your contributions made it what it was.

We hope to see you again.

The organising committee""",
    ),
}
