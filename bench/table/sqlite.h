#pragma once

#include <array>

#include "bench/table/price.h"

struct sqlite3;
struct sqlite3_stmt;

namespace laterbase::bench {

// SQLite in memory, with the table's indexes and prepared statements, in one transaction.
class Sqlite {
 public:
  static constexpr const char* name = "sqlite";
  static constexpr bool indexed = true;

  Sqlite();
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;
  ~Sqlite();

  void insert(const Price& price);
  double read(std::uint64_t id) const;
  std::uint64_t each_of(std::uint8_t exchange, std::uint64_t most, double& sum);
  std::uint64_t range(double low, double high, double& sum);
  void update(std::uint64_t id, double bid, std::uint64_t at);
  void erase(std::uint64_t id);
  std::uint64_t size() const;

 private:
  enum Statement { insert_one, read_one, read_exchange, read_range, update_one, erase_one, count_all, statements };

  void run(const char* sql);
  std::uint64_t sum_rows(sqlite3_stmt* statement, double& sum);

  sqlite3* database_ = nullptr;
  std::array<sqlite3_stmt*, statements> prepared_{};
};

}  // namespace laterbase::bench
