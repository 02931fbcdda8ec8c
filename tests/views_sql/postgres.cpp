#include "tests/views_sql/postgres.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>

namespace laterbase::sql {
namespace {

constexpr const char* binaries = "/usr/lib/postgresql/15/bin/";

bool shell(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

}  // namespace

std::unique_ptr<Postgres> Postgres::start() {
  if (access((std::string(binaries) + "postgres").c_str(), X_OK) != 0) return nullptr;
  char place[] = "/tmp/laterbase-postgres-XXXXXX";
  if (mkdtemp(place) == nullptr) return nullptr;
  std::unique_ptr<Postgres> server(new Postgres);
  server->directory_ = place;
  // It refuses to run as root.
  const bool root = geteuid() == 0;
  if (root) server->as_user_ = "runuser -u postgres -- ";
  if (root && !shell("chown postgres " + server->directory_)) return nullptr;
  const std::string data = server->directory_ + "/data";
  const std::string user = root ? "postgres" : "laterbase";
  if (!shell(server->as_user_ + binaries + "initdb -D " + data + " -U " + user +
             " -A trust --locale=C --encoding=UTF8 -N")) {
    return nullptr;
  }
  const std::string options = "-k " + server->directory_ +
                              " -c listen_addresses= -c fsync=off -c timezone=UTC -c shared_buffers=16MB"
                              " -c max_connections=4 -c autovacuum=off -c jit=off";
  if (!shell(server->as_user_ + binaries + "pg_ctl -w -D " + data + " -o '" + options + "' start")) return nullptr;
  PGconn* connection = PQconnectdb(("host=" + server->directory_ + " user=" + user + " dbname=postgres").c_str());
  server->connection_ = connection;
  if (PQstatus(connection) != CONNECTION_OK) return nullptr;
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  return server;
}

Postgres::~Postgres() {
  if (connection_ != nullptr) PQfinish(static_cast<PGconn*>(connection_));
  shell(as_user_ + binaries + "pg_ctl -w -m immediate -D " + directory_ + "/data stop");
  shell("rm -rf " + directory_);
}

PostgresRows Postgres::run(const std::string& text) {
  PGresult* result = PQexec(static_cast<PGconn*>(connection_), text.c_str());
  PostgresRows answer;
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
    answer.error = PQresultErrorMessage(result);
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    answer.sqlstate = state == nullptr ? "" : state;
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
