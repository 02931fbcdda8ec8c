#include "tests/views_sql/postgres_guardian.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <vector>

namespace laterbase::sql {
namespace {

constexpr const char* binaries = "/usr/lib/postgresql/15/bin/";
constexpr const char* place = "/tmp/laterbase-postgres-";

// PostgreSQL refuses to run as root.
void become_nobody_special() {
  if (::geteuid() != 0) return;
  const passwd* user = ::getpwnam("postgres");
  if (user == nullptr || ::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0) {
    ::_exit(126);
  }
}

pid_t spawn(const std::vector<std::string>& arguments) {
  std::vector<char*> raw;
  for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  become_nobody_special();
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // where even the guardian is killed; after setuid(), which takes it away
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) ::dup2(nothing, standard);
  ::execv(raw[0], raw.data());
  ::_exit(127);
}

bool succeeds(const std::vector<std::string>& arguments) {
  const pid_t child = spawn(arguments);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Held for as long as somebody looks after the directory.
int lock_of(const std::string& directory) {
  const int file = ::open((directory + "/guarded").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  if (file >= 0) ::close(file);
  return -1;
}

void remove_all(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

void wait_for_socket(const std::string& directory, pid_t server) {
  for (int turn = 0; turn < 2'000; ++turn) {
    if (std::filesystem::exists(directory + "/.s.PGSQL.5432")) return;
    if (::waitpid(server, nullptr, WNOHANG) == server) return;
    ::usleep(5'000);
  }
}

[[noreturn]] void guard(const std::string& directory, int life, int told) {
  ::setsid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
  const int lock = lock_of(directory);
  const std::string data = directory + "/data";
  const std::string user = ::geteuid() == 0 ? "postgres" : "laterbase";
  pid_t server = -1;
  if (lock >= 0 && succeeds({std::string(binaries) + "initdb", "-D", data, "-U", user, "-A", "trust", "--locale=C",
                             "--encoding=UTF8", "-N"})) {
    std::vector<std::string> arguments{std::string(binaries) + "postgres", "-D", data, "-k", directory};
    for (const char* setting : {"listen_addresses=", "fsync=off", "timezone=UTC", "shared_buffers=16MB",
                                "max_connections=8", "autovacuum=off", "jit=off", "statement_timeout=20s",
                                "max_locks_per_transaction=512", "full_page_writes=off", "synchronous_commit=off"}) {
      arguments.insert(arguments.end(), {"-c", setting});
    }
    server = spawn(arguments);
    wait_for_socket(directory, server);
    const char ready = 'r';
    (void)!::write(told, &ready, 1);
  }
  ::close(told);
  char nothing = 0;
  while (::read(life, &nothing, 1) > 0) {
  }
  if (server > 0) {
    ::kill(server, SIGQUIT);
    ::waitpid(server, nullptr, 0);
  }
  remove_all(directory);
  ::_exit(0);
}

}  // namespace

bool postgres_is_installed() { return ::access((std::string(binaries) + "postgres").c_str(), X_OK) == 0; }

std::string make_server_directory() {
  std::string directory = std::string(place) + "XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return "";
  const passwd* user = ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;
  if (::geteuid() == 0 && (user == nullptr || ::chown(directory.c_str(), user->pw_uid, user->pw_gid) != 0)) return "";
  return directory;
}

Guardian start_guardian(const std::string& directory) {
  int life[2], told[2];
  if (::pipe2(life, O_CLOEXEC) != 0 || ::pipe2(told, O_CLOEXEC) != 0) return {};
  Guardian guardian;
  guardian.pid = ::fork();
  if (guardian.pid == 0) {
    ::close(life[1]);
    ::close(told[0]);
    guard(directory, life[0], told[1]);
  }
  ::close(life[0]);
  ::close(told[1]);
  guardian.life = life[1];
  char ready = 0;
  guardian.ready = guardian.pid > 0 && ::read(told[0], &ready, 1) == 1;
  ::close(told[0]);
  return guardian;
}

void remove_abandoned_servers() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/tmp", ignored)) {
    const std::string path = entry.path().string();
    if (!path.starts_with(place)) continue;
    // Whoever just made his may not have locked it yet.
    const auto age = fs::file_time_type::clock::now() - entry.last_write_time(ignored);
    if (age < std::chrono::minutes(1)) continue;
    const int lock = lock_of(path);
    if (lock < 0) continue;
    remove_all(path);
    ::close(lock);
  }
}

}  // namespace laterbase::sql
