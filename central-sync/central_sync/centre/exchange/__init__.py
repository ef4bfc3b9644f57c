"""The exchange with the sites: enrolment, documents, files, journals, over the line or by courier."""
