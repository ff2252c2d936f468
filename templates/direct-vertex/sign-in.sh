gcloud auth application-default login
