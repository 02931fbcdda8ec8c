#include "tests/views_sql/postgres.h"

#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "tests/views_sql/postgres_guardian.h"

namespace laterbase::sql {
namespace {

// As our own name_of() has them. Numbers: pg_type.dat.
std::string type_of(Oid oid) {
  static const std::map<Oid, std::string> names = {{16, "boolean"},
                                                   {17, "bytea"},
                                                   {20, "bigint"},
                                                   {21, "smallint"},
                                                   {23, "integer"},
                                                   {25, "text"},
                                                   {701, "double precision"},
                                                   {1043, "text"},
                                                   {1082, "date"},
                                                   {1083, "time without time zone"},
                                                   {1114, "timestamp without time zone"},
                                                   {1184, "timestamp with time zone"},
                                                   {1186, "interval"},
                                                   {1700, "numeric"},
                                                   {3802, "jsonb"},
                                                   {1000, "boolean[]"},
                                                   {1001, "bytea[]"},
                                                   {1005, "smallint[]"},
                                                   {1007, "integer[]"},
                                                   {1009, "text[]"},
                                                   {1015, "text[]"},
                                                   {1016, "bigint[]"},
                                                   {1022, "double precision[]"},
                                                   {1115, "timestamp without time zone[]"},
                                                   {1182, "date[]"},
                                                   {1185, "timestamp with time zone[]"},
                                                   {1187, "interval[]"},
                                                   {1231, "numeric[]"},
                                                   {3807, "jsonb[]"}};
  const auto found = names.find(oid);
  return found == names.end() ? "type " + std::to_string(oid) : found->second;
}

}  // namespace

std::unique_ptr<Postgres> Postgres::start() {
  if (!postgres_is_installed()) return nullptr;
  remove_abandoned_servers();
  std::unique_ptr<Postgres> server(new Postgres);
  server->directory_ = make_server_directory();
  if (server->directory_.empty()) return nullptr;
  const Guardian guardian = start_guardian(server->directory_);
  server->guardian_ = guardian.pid;
  server->life_ = guardian.life;
  if (!guardian.ready) return nullptr;
  const std::string user = ::geteuid() == 0 ? "postgres" : "laterbase";
  PGconn* connection = nullptr;
  for (int turn = 0; turn < 400; ++turn) {  // "the database system is starting up"
    connection = PQconnectdb(("host=" + server->directory_ + " user=" + user + " dbname=postgres").c_str());
    if (PQstatus(connection) == CONNECTION_OK) break;
    PQfinish(connection);
    connection = nullptr;
    ::usleep(5'000);
  }
  server->connection_ = connection;
  if (connection == nullptr) return nullptr;
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  return server;
}

Postgres::~Postgres() {
  if (connection_ != nullptr) PQfinish(static_cast<PGconn*>(connection_));
  if (life_ >= 0) ::close(life_);
  if (guardian_ > 0) ::waitpid(guardian_, nullptr, 0);
}

PostgresRows Postgres::run(const std::string& text) {
  PGresult* result = PQexec(static_cast<PGconn*>(connection_), text.c_str());
  PostgresRows answer;
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
    answer.error = PQresultErrorMessage(result);
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    answer.sqlstate = state == nullptr ? "" : state;
    const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    answer.position = position == nullptr ? 0 : std::atoi(position);
  }
  for (int column = 0; column < PQnfields(result); ++column) {
    answer.names.emplace_back(PQfname(result, column));
    answer.types.push_back(type_of(PQftype(result, column)));
  }
  for (int row = 0; row < PQntuples(result); ++row) {
    std::vector<std::optional<std::string>> cells;
    for (int column = 0; column < PQnfields(result); ++column) {
      const bool null = PQgetisnull(result, row, column) != 0;
      cells.push_back(null ? std::nullopt : std::optional<std::string>(PQgetvalue(result, row, column)));
    }
    answer.rows.push_back(std::move(cells));
  }
  PQclear(result);
  return answer;
}

}  // namespace laterbase::sql
