#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

// PostgreSQL 15 on a socket of its own in a temporary directory, for as long as the object lives: what views are held
// against. However the test ends (also by SIGKILL), the server is stopped and the directory removed.
namespace laterbase::sql {

struct PostgresRows {
  std::vector<std::vector<std::optional<std::string>>> rows;  // as text
  std::vector<std::string> names;                             // of the columns
  std::vector<std::string> types;                             // "double precision"
  std::string error;                                          // the message, where there is one
  std::string sqlstate;
  int position = 0;  // of the error, in characters from 1; 0 where it has none
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
  pid_t guardian_ = -1;  // starts and stops the server
  int life_ = -1;        // the guardian stops it all once nobody has this open any more
  void* connection_ = nullptr;
};

}  // namespace laterbase::sql
