"""Public ids in addresses: `segments/<id:segment_id>` matches `segments/seg_12` and not `segments/new`."""

from django.urls import register_converter


class PublicId:
    """A prefix and a number; whether such a thing exists is for the page to find out."""

    regex = "[a-z]{2,3}_[0-9]{1,19}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PublicId, "id")
