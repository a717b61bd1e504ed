"""The command line: a thin layer over the library.

The working folder may contain untrusted files, so it is removed from the module path and PATH before anything else is
imported.
"""

from resefa.runtime.external_programs import leave_the_working_folder_out

leave_the_working_folder_out()
