"""The command line.

It is started in folders that strangers filled, so the working folder leaves the module path and PATH before anything else
is imported.
"""

from resefa.runtime.external_programs import leave_the_working_folder_out

leave_the_working_folder_out()
