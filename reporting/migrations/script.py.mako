<%!
def strip_comments(code):
    """Leave out what Alembic says around the operations."""
    return "\n".join(line for line in code.splitlines() if not line.strip().startswith("# ###")).strip()
%>\
"""${message[:1].upper()}${message[1:]}."""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
${imports if imports else ""}
revision = "${up_revision}"
down_revision = "${down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${strip_comments(upgrades) if upgrades else "pass"}


def downgrade() -> None:
    ${strip_comments(downgrades) if downgrades else "pass"}
