"""The PostgreSQL server of the cluster: what was committed outlives its end."""

from uuid import uuid4

import pytest

from storyflower.cluster.postgres import PostgresServer

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")


@pytest.mark.server
def test_databases_outlive_an_end_of_the_server(postgres: PostgresServer) -> None:
    name = f"korean {uuid4().hex}"
    postgres.create_database(name)
    postgres.create_database(name)
    with psycopg.connect(postgres.address(name)) as connection:
        connection.execute("CREATE TABLE emotions (label text)")
        connection.execute("INSERT INTO emotions VALUES ('기쁨')")
    postgres.kill()
    postgres.start()
    with psycopg.connect(postgres.address(name)) as connection:
        assert connection.execute("SELECT label FROM emotions").fetchall() == [("기쁨",)]


@pytest.mark.server
def test_the_server_is_reached_with_its_password_alone(postgres: PostgresServer) -> None:
    address = postgres.address().replace(postgres.password, "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)
