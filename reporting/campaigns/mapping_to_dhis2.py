"""The mapping of figures to DHIS2 in a campaign's definition: which figure is which data element of which unit."""

from typing import Final

from marshmallow import Schema, fields, validate

DHIS2: Final = "dhis2"  # the key in a campaign's settings
_UID: Final = validate.Regexp(r"[A-Za-z][A-Za-z0-9]{10}\Z", error="an identifier of DHIS2: 11 letters and digits")
_MOST_UNITS, _MOST_ELEMENTS = 20_000, 500


class DataElementSchema(Schema):
    """The fields of a data element: a figure of a cube, by `codes` of dimensions (others all together)."""

    cube = fields.String(required=True)
    measure = fields.String(required=True)
    codes = fields.Dict(keys=fields.String(), values=fields.String())
    data_element = fields.String(required=True, validate=_UID)
    category_option_combo = fields.String(validate=_UID)


class DHIS2Schema(Schema):
    """The fields of the setting `dhis2`: `org_units` by the code of the area, `_T` for the country."""

    data_set = fields.String(validate=_UID)
    org_units = fields.Dict(
        keys=fields.String(), values=fields.String(validate=_UID), required=True,
        validate=validate.Length(1, _MOST_UNITS),
    )  # fmt: skip
    data_elements = fields.List(
        fields.Nested(DataElementSchema), required=True, validate=validate.Length(1, _MOST_ELEMENTS)
    )
