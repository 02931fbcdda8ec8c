#include "bench/table/sqlite.h"

#include <sqlite3.h>

#include <stdexcept>

namespace laterbase::bench {
namespace {

constexpr const char* table =
    "CREATE TABLE price (id INTEGER PRIMARY KEY, exchange INTEGER, level INTEGER, bid REAL, ask REAL,"
    " bid_quantity REAL, ask_quantity REAL, at INTEGER);"
    "CREATE INDEX of_exchange ON price (exchange); CREATE INDEX of_bid ON price (bid); CREATE INDEX of_at ON price "
    "(at);"
    "BEGIN";

constexpr const char* texts[] = {"INSERT INTO price VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                                 "SELECT * FROM price WHERE id = ?1",
                                 "SELECT bid FROM price WHERE exchange = ?1 LIMIT ?2",
                                 "SELECT ask FROM price WHERE bid BETWEEN ?1 AND ?2",
                                 "UPDATE price SET bid = ?2, ask = ?2 + 1, at = ?3 WHERE id = ?1",
                                 "DELETE FROM price WHERE id = ?1",
                                 "SELECT count(*) FROM price"};

sqlite3_int64 whole(std::uint64_t number) { return static_cast<sqlite3_int64>(number); }

}  // namespace

Sqlite::Sqlite() {
  if (sqlite3_open(":memory:", &database_) != SQLITE_OK) throw std::runtime_error("SQLite does not open");
  run(table);
  for (int i = 0; i < statements; ++i)
    if (sqlite3_prepare_v2(database_, texts[i], -1, &prepared_[static_cast<std::size_t>(i)], nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(database_));
}

Sqlite::~Sqlite() {
  for (auto* statement : prepared_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void Sqlite::run(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(database_));
}

void Sqlite::insert(const Price& price) {
  auto* statement = prepared_[insert_one];
  sqlite3_bind_int64(statement, 1, whole(price.id));
  sqlite3_bind_int(statement, 2, price.exchange);
  sqlite3_bind_int(statement, 3, price.level);
  sqlite3_bind_double(statement, 4, price.bid);
  sqlite3_bind_double(statement, 5, price.ask);
  sqlite3_bind_double(statement, 6, price.bid_quantity);
  sqlite3_bind_double(statement, 7, price.ask_quantity);
  sqlite3_bind_int64(statement, 8, whole(price.at));
  sqlite3_step(statement);
  sqlite3_reset(statement);
}

double Sqlite::read(std::uint64_t id) const {
  auto* statement = prepared_[read_one];
  sqlite3_bind_int64(statement, 1, whole(id));
  double sum = 0;
  if (sqlite3_step(statement) == SQLITE_ROW)
    sum =
        sqlite3_column_double(statement, 3) + number_of(static_cast<std::uint64_t>(sqlite3_column_int64(statement, 7)));
  sqlite3_reset(statement);
  return sum;
}

std::uint64_t Sqlite::sum_rows(sqlite3_stmt* statement, double& sum) {
  std::uint64_t rows = 0;
  for (; sqlite3_step(statement) == SQLITE_ROW; ++rows) sum += sqlite3_column_double(statement, 0);
  sqlite3_reset(statement);
  return rows;
}

std::uint64_t Sqlite::each_of(std::uint8_t exchange, std::uint64_t most, double& sum) {
  sqlite3_bind_int(prepared_[read_exchange], 1, exchange);
  sqlite3_bind_int64(prepared_[read_exchange], 2, whole(most));
  return sum_rows(prepared_[read_exchange], sum);
}

std::uint64_t Sqlite::range(double low, double high, double& sum) {
  sqlite3_bind_double(prepared_[read_range], 1, low);
  sqlite3_bind_double(prepared_[read_range], 2, high);
  return sum_rows(prepared_[read_range], sum);
}

void Sqlite::update(std::uint64_t id, double bid, std::uint64_t at) {
  auto* statement = prepared_[update_one];
  sqlite3_bind_int64(statement, 1, whole(id));
  sqlite3_bind_double(statement, 2, bid);
  sqlite3_bind_int64(statement, 3, whole(at));
  sqlite3_step(statement);
  sqlite3_reset(statement);
}

void Sqlite::erase(std::uint64_t id) {
  sqlite3_bind_int64(prepared_[erase_one], 1, whole(id));
  sqlite3_step(prepared_[erase_one]);
  sqlite3_reset(prepared_[erase_one]);
}

std::uint64_t Sqlite::size() const {
  sqlite3_step(prepared_[count_all]);
  const auto rows = sqlite3_column_int64(prepared_[count_all], 0);
  sqlite3_reset(prepared_[count_all]);
  return static_cast<std::uint64_t>(rows);
}

}  // namespace laterbase::bench
