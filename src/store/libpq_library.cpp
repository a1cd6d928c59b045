#include "store/libpq_library.hpp"

#include <optional>

#include "store/loaded_library.hpp"

namespace otatool::store {
namespace {

std::optional<LibpqLibrary> load_libpq() {
  void* const library = dlopen("libpq.so.5", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    return std::nullopt;
  }
  LibpqLibrary found{};
  const bool all = find_function(library, "PQclear", found.clear) &&
                   find_function(library, "PQcmdTuples", found.cmd_tuples) &&
                   find_function(library, "PQconnectdbParams", found.connectdb_params) &&
                   find_function(library, "PQconninfo", found.conninfo) &&
                   find_function(library, "PQconninfoFree", found.conninfo_free) &&
                   find_function(library, "PQconninfoParse", found.conninfo_parse) &&
                   find_function(library, "PQconsumeInput", found.consume_input) &&
                   find_function(library, "PQenterPipelineMode", found.enter_pipeline_mode) &&
                   find_function(library, "PQerrorMessage", found.error_message) &&
                   find_function(library, "PQexecParams", found.exec_params) &&
                   find_function(library, "PQexitPipelineMode", found.exit_pipeline_mode) &&
                   find_function(library, "PQfinish", found.finish) &&
                   find_function(library, "PQfreemem", found.freemem) &&
                   find_function(library, "PQgetResult", found.get_result) &&
                   find_function(library, "PQgetlength", found.getlength) &&
                   find_function(library, "PQgetvalue", found.getvalue) &&
                   find_function(library, "PQnotifies", found.notifies) &&
                   find_function(library, "PQntuples", found.ntuples) &&
                   find_function(library, "PQpipelineSync", found.pipeline_sync) &&
                   find_function(library, "PQresultErrorMessage", found.result_error_message) &&
                   find_function(library, "PQresultStatus", found.result_status) &&
                   find_function(library, "PQsendQueryParams", found.send_query_params) &&
                   find_function(library, "PQsetNoticeProcessor", found.set_notice_processor) &&
                   find_function(library, "PQstatus", found.status) &&
                   find_function(library, "PQbackendPID", found.backend_pid);
  return all ? std::optional(found) : std::nullopt;
}

}  // namespace

const LibpqLibrary* libpq_library() {
  static const std::optional<LibpqLibrary> kLibrary = load_libpq();
  return kLibrary ? &*kLibrary : nullptr;
}

}  // namespace otatool::store
