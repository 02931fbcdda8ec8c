#pragma once

#include <sys/types.h>

#include <string>

// Who stands by a PostgreSQL server of a test: a child of its own that starts it, and ends it when the test has ended.
namespace laterbase::sql {

struct Guardian {
  pid_t pid = -1;
  int life = -1;  // close it, and all is stopped and removed; so it is when this process ends, however it does
  bool ready = false;
};

// initdb and postgres in `directory`, which is there already and empty.
Guardian start_guardian(const std::string& directory);

// Removes what tests left behind whose guardian was killed too.
void remove_abandoned_servers();

// A fresh directory for a server.
std::string make_server_directory();

bool postgres_is_installed();

}  // namespace laterbase::sql
