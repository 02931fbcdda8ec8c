#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

// PostgreSQL 15 on a socket of its own in a temporary directory, for as long as the object lives: what views are held
// against.
namespace laterbase::sql {

struct PostgresRows {
  std::vector<std::vector<std::optional<std::string>>> rows;  // as text
  std::string error;                                          // the message, where there is one
  std::string sqlstate;
};

class Postgres {
 public:
  // Null where it cannot be started (not installed).
  static std::unique_ptr<Postgres> start();
  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  // One or more statements; the rows of the last.
  PostgresRows run(const std::string& text);

 private:
  Postgres() = default;

  std::string directory_;
  std::string as_user_;
  void* connection_ = nullptr;
};

}  // namespace laterbase::sql
