"""How Alembic reaches the database: by the connection it is given."""

from alembic import context

from locard.serve.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
